//! A picture of a history.

use std::fmt::Write;
use std::path::Path;

use saola_tensor::{Error, Result, write_atomic};

use crate::History;

/// Epochs and values.
type Points = Vec<(f64, f64)>;

/// A panel's width and height, and the margins around it.
const PANEL: (f64, f64) = (520.0, 220.0);
const LEFT: f64 = 64.0;
const TOP: f64 = 28.0;
const GAP: f64 = 62.0;
const LEGEND: f64 = 190.0;

const COLOURS: [&str; 8] =
    ["#1f77b4", "#ff7f0e", "#2ca02c", "#d62728", "#9467bd", "#8c564b", "#e377c2", "#7f7f7f"];

impl History {
    /// Draws loss and metrics over the epochs as an SVG: a panel for each value, in which that of the validation is
    /// dashed.
    ///
    /// ```
    /// # use saola_keras::{Compile, Fit, Sequential};
    /// # use saola_nn::layers::Dense;
    /// # use saola_nn::losses::MeanSquaredError;
    /// # use saola_nn::optimizers::Sgd;
    /// # use saola_tensor::Tensor;
    /// # fn main() -> saola_tensor::Result<()> {
    /// # let dir = tempfile::tempdir().map_err(|e| saola_tensor::Error::value(e.to_string()))?;
    /// # let x = Tensor::from([[1.0f32], [2.0], [3.0]]);
    /// # let mut model = Sequential::new().add(Dense::new(1));
    /// # model.compile(Compile::new(Sgd::new(0.01), MeanSquaredError::new()))?;
    /// let history = model.fit((&x, &x), Fit::epochs(5).silent())?;
    /// history.plot(dir.path().join("fit.svg"))?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// A history without epochs, or a file that cannot be written.
    pub fn plot(&self, path: impl AsRef<Path>) -> Result<()> {
        let path = path.as_ref();
        let svg = self.to_svg()?;
        write_atomic(path, |file| file.write_all(svg.as_bytes()))
    }

    /// The picture that [`History::plot`] writes.
    ///
    /// # Errors
    /// A history without epochs.
    pub fn to_svg(&self) -> Result<String> {
        if self.epoch.is_empty() {
            return Err(Error::value("there was no epoch, of which there would be a picture"));
        }
        let panels: Vec<&str> = self.names().filter(|n| !n.starts_with("val_")).collect();
        let width = LEFT + PANEL.0 + LEGEND;
        let height = TOP + panels.len() as f64 * (PANEL.1 + GAP);
        let mut svg = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" \
             viewBox=\"0 0 {width} {height}\" font-family=\"sans-serif\" font-size=\"12\">\n\
             <rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n"
        );
        for (i, name) in panels.iter().enumerate() {
            let top = TOP + i as f64 * (PANEL.1 + GAP);
            self.panel(&mut svg, name, top, COLOURS[i % COLOURS.len()])?;
        }
        svg.push_str("</svg>\n");
        Ok(svg)
    }

    fn panel(&self, svg: &mut String, name: &str, top: f64, colour: &str) -> Result<()> {
        let validation = format!("val_{name}");
        let curves = [(name, ""), (validation.as_str(), " stroke-dasharray=\"6 4\"")];
        let curves: Vec<(&str, &str, Points)> =
            curves.iter().filter_map(|(n, dash)| Some((*n, *dash, self.points(n)?))).collect();
        let values = || curves.iter().flat_map(|c| &c.2).map(|p| p.1).filter(|v| v.is_finite());
        let (low, high) =
            (values().fold(f64::INFINITY, f64::min), values().fold(f64::NEG_INFINITY, f64::max));
        let ticks = ticks(low, high);
        let (low, high) = (ticks[0].min(low), ticks[ticks.len() - 1].max(high));
        let epochs = (self.epoch[0] as f64, self.epoch[self.epoch.len() - 1] as f64);
        let x = |e: f64| LEFT + PANEL.0 * (e - epochs.0) / (epochs.1 - epochs.0).max(1.0);
        let y = |v: f64| top + PANEL.1 * (1.0 - (v - low) / (high - low));
        for tick in &ticks {
            let at = y(*tick);
            // Writing to a text cannot fail.
            let _ = writeln!(
                svg,
                "<line x1=\"{LEFT}\" y1=\"{at:.1}\" x2=\"{:.1}\" y2=\"{at:.1}\" stroke=\"#ddd\"/>\
                 <text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">{}</text>",
                LEFT + PANEL.0,
                LEFT - 6.0,
                at + 4.0,
                short(*tick)
            );
        }
        let every = self.epoch.len().div_ceil(10);
        for epoch in self.epoch.iter().step_by(every) {
            let _ = writeln!(
                svg,
                "<text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{}</text>",
                x(*epoch as f64),
                top + PANEL.1 + 18.0,
                epoch + 1
            );
        }
        let _ = writeln!(
            svg,
            "<rect x=\"{LEFT}\" y=\"{top}\" width=\"{}\" height=\"{}\" fill=\"none\" stroke=\"#888\"/>\
             <text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"middle\">epoch</text>",
            PANEL.0,
            PANEL.1,
            LEFT + PANEL.0 / 2.0,
            top + PANEL.1 + 36.0
        );
        for (k, (name, dash, points)) in curves.iter().enumerate() {
            curve(
                svg,
                (name, dash, colour),
                points.iter().map(|p| (x(p.0), y(p.1))),
                top + 14.0 + 20.0 * k as f64,
            );
        }
        Ok(())
    }

    /// Epochs and values of `name`, where there are some: those of the last epochs if there are fewer.
    fn points(&self, name: &str) -> Option<Points> {
        let values = self.get(name).ok()?;
        let every = self.epoch.len().checked_div(values.len())?.max(1);
        let epochs = self.epoch.iter().skip(every - 1).step_by(every);
        Some(epochs.map(|&e| e as f64).zip(values.iter().copied()).collect())
    }
}

/// A line through the points that are finite, with dots where they are few, and its name beside the panel.
fn curve(
    svg: &mut String,
    (name, dash, colour): (&str, &str, &str),
    points: impl Iterator<Item = (f64, f64)>,
    legend: f64,
) {
    let points: Vec<(f64, f64)> = points.filter(|p| p.1.is_finite()).collect();
    let path: Vec<String> = points.iter().map(|(x, y)| format!("{x:.1},{y:.1}")).collect();
    let _ = writeln!(
        svg,
        "<polyline points=\"{}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"1.8\"{dash}/>",
        path.join(" ")
    );
    if points.len() <= 30 {
        for (x, y) in &points {
            let _ = writeln!(svg, "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"2.2\" fill=\"{colour}\"/>");
        }
    }
    let left = LEFT + PANEL.0 + 14.0;
    let _ = writeln!(
        svg,
        "<line x1=\"{left:.1}\" y1=\"{:.1}\" x2=\"{:.1}\" y2=\"{:.1}\" stroke=\"{colour}\" \
         stroke-width=\"1.8\"{dash}/><text x=\"{:.1}\" y=\"{legend:.1}\">{}</text>",
        legend - 4.0,
        left + 24.0,
        legend - 4.0,
        left + 30.0,
        name.replace('&', "&amp;").replace('<', "&lt;")
    );
}

/// Round numbers from below `low` to above `high`.
fn ticks(low: f64, high: f64) -> Vec<f64> {
    let (low, high) = match (low.is_finite() && high.is_finite(), high > low) {
        (false, _) => (0.0, 1.0),
        (true, false) => (low - 0.5, low + 0.5),
        (true, true) => (low, high),
    };
    let rough = (high - low) / 4.0;
    let power = 10f64.powf(rough.log10().floor());
    let step = [1.0, 2.0, 2.5, 5.0, 10.0].iter().map(|m| m * power).find(|s| *s >= rough).unwrap_or(rough);
    let (first, last) = ((low / step).floor() as i64, (high / step).ceil() as i64);
    (first..=last).map(|i| i as f64 * step).collect()
}

/// A number with as many decimals as it needs.
fn short(value: f64) -> String {
    let text = if value != 0.0 && (value.abs() < 1e-3 || value.abs() >= 1e5) {
        format!("{value:.2e}")
    } else {
        format!("{value:.4}").trim_end_matches('0').trim_end_matches('.').to_string()
    };
    if text == "-0" { "0".into() } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_has_a_panel_for_each_value() {
        let mut history = History::default();
        for epoch in 0..4 {
            let values = [("accuracy", 0.5), ("loss", 1.0 / (epoch + 1) as f64), ("val_loss", f64::NAN)];
            history.push(epoch, &values.iter().map(|(n, v)| (n.to_string(), *v)).collect());
        }
        let svg = history.to_svg().unwrap();
        assert_eq!(svg.matches("<polyline").count(), 3);
        assert!(svg.contains(">val_loss<") && !svg.contains("NaN"), "{svg}");
        assert!(History::default().to_svg().is_err());
        assert_eq!(ticks(0.0, 1.0), [0.0, 0.25, 0.5, 0.75, 1.0]);
        assert_eq!(short(0.25), "0.25");
    }
}
