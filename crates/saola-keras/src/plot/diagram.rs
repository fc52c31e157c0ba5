//! Boxes with lines between them, as text for Graphviz and as SVG.

use std::fmt::Write;

use super::layers::{Placed, place};

/// A diagram.
pub(super) struct Diagram {
    pub(super) boxes: Vec<Labelled>,
    /// From an earlier box to a later one.
    pub(super) edges: Vec<(usize, usize)>,
    /// From left to right instead of from top to bottom.
    pub(super) sideways: bool,
}

/// A box: a title, and lines below it.
pub(super) struct Labelled {
    pub(super) title: String,
    pub(super) lines: Vec<String>,
}

const TITLE: f64 = 28.0;
const LINE: f64 = 20.0;
/// The width of a character of the font, and of what is around a text.
const CHARACTER: f64 = 7.3;
const MARGIN: f64 = 24.0;
/// The distance between rows, and around everything.
const BETWEEN: f64 = 46.0;
const AROUND: f64 = 16.0;

impl Labelled {
    fn width(&self) -> f64 {
        let longest = self.lines.iter().chain([&self.title]).map(|l| l.chars().count()).max();
        longest.unwrap_or(0) as f64 * CHARACTER + MARGIN
    }

    fn height(&self) -> f64 {
        TITLE + if self.lines.is_empty() { 0.0 } else { self.lines.len() as f64 * LINE + 8.0 }
    }
}

impl Diagram {
    /// The description that Graphviz draws.
    pub(super) fn dot(&self) -> String {
        let mut text = String::from("digraph model {\n");
        let direction = if self.sideways { "LR" } else { "TB" };
        let _ = writeln!(text, "  rankdir={direction};\n  node [shape=record, fontname=\"Helvetica\"];");
        for (i, node) in self.boxes.iter().enumerate() {
            let lines: Vec<String> =
                std::iter::once(&node.title).chain(&node.lines).map(|l| in_record(l)).collect();
            let _ = writeln!(text, "  n{i} [label=\"{{{}}}\"];", lines.join("|"));
        }
        for (from, to) in &self.edges {
            let _ = writeln!(text, "  n{from} -> n{to};");
        }
        text.push_str("}\n");
        text
    }

    /// The picture.
    pub(super) fn svg(&self) -> String {
        let across = |b: &Labelled| if self.sideways { b.height() } else { b.width() };
        let along = |b: &Labelled| if self.sideways { b.width() } else { b.height() };
        let placed = place(&self.boxes.iter().map(across).collect::<Vec<f64>>(), &self.edges);
        let rows = placed.row.iter().max().map_or(0, |m| m + 1);
        let mut deep = vec![0f64; rows];
        for (b, &r) in self.boxes.iter().zip(&placed.row) {
            deep[r] = deep[r].max(along(b));
        }
        let mut starts = vec![AROUND];
        deep.iter().for_each(|d| starts.push(starts[starts.len() - 1] + d + BETWEEN));
        let depth = starts[rows] - if rows > 0 { BETWEEN } else { 0.0 } + AROUND;
        let (width, height) = match self.sideways {
            false => (placed.width + 2.0 * AROUND, depth),
            true => (depth, placed.width + 2.0 * AROUND),
        };
        let mut svg = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width:.0}\" height=\"{height:.0}\" \
             viewBox=\"0 0 {width:.0} {height:.0}\" font-family=\"Helvetica, Arial, sans-serif\" font-size=\"13\">\n\
             <defs><marker id=\"head\" viewBox=\"0 0 8 8\" refX=\"7\" refY=\"4\" markerWidth=\"8\" markerHeight=\"8\" \
             orient=\"auto\"><path d=\"M0,0 L8,4 L0,8 z\" fill=\"#555\"/></marker></defs>\n\
             <rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n"
        );
        let spans = Spans { starts: &starts, deep: &deep };
        self.lines(&mut svg, &placed, &spans, along);
        for (i, b) in self.boxes.iter().enumerate() {
            let middle = placed.middle[i] + AROUND;
            let (x, y) = match self.sideways {
                false => (middle - b.width() / 2.0, starts[placed.row[i]]),
                true => (starts[placed.row[i]], middle - b.height() / 2.0),
            };
            draw(&mut svg, b, x, y);
        }
        svg.push_str("</svg>\n");
        svg
    }

    fn lines(&self, svg: &mut String, placed: &Placed, spans: &Spans<'_>, along: impl Fn(&Labelled) -> f64) {
        for (edge, &(from, to)) in self.edges.iter().enumerate() {
            let first = spans.starts[placed.row[from]] + along(&self.boxes[from]);
            let mut points = vec![(placed.middle[from], first)];
            for (k, &middle) in placed.passing[edge].iter().enumerate() {
                let row = placed.row[from] + 1 + k;
                points.push((middle, spans.starts[row]));
                points.push((middle, spans.starts[row] + spans.deep[row]));
            }
            points.push((placed.middle[to], spans.starts[placed.row[to]]));
            let point = |(across, along): (f64, f64)| match self.sideways {
                false => format!("{:.1},{:.1}", across + AROUND, along),
                true => format!("{:.1},{:.1}", along, across + AROUND),
            };
            let mut path = format!("M{}", point(points[0]));
            for pair in points.windows(2) {
                let ((a, b), (c, d)) = (pair[0], pair[1]);
                let half = (d - b) / 2.0;
                let _ = write!(path, " C{} {} {}", point((a, b + half)), point((c, d - half)), point((c, d)));
            }
            let _ = writeln!(
                svg,
                "<path d=\"{path}\" fill=\"none\" stroke=\"#555\" stroke-width=\"1.3\" marker-end=\"url(#head)\"/>"
            );
        }
    }
}

/// Where rows begin, and how deep they are.
struct Spans<'a> {
    starts: &'a [f64],
    deep: &'a [f64],
}

fn draw(svg: &mut String, b: &Labelled, x: f64, y: f64) {
    let (width, height) = (b.width(), b.height());
    // Writing to a text cannot fail.
    let _ = writeln!(
        svg,
        "<rect x=\"{x:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"{height:.1}\" rx=\"5\" fill=\"#f5f7fa\" \
         stroke=\"#2f4b6e\"/>"
    );
    let foot = if b.lines.is_empty() { "".to_string() } else { format!(" v{:.1} h-{width:.1}", TITLE - 5.0) };
    let title = match foot.is_empty() {
        true => format!(
            "<rect x=\"{x:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"{TITLE}\" rx=\"5\" fill=\"#2f4b6e\"/>"
        ),
        false => format!(
            "<path d=\"M{x:.1},{:.1} v-{:.1} a5,5 0 0 1 5,-5 h{:.1} a5,5 0 0 1 5,5{foot} z\" fill=\"#2f4b6e\"/>",
            y + TITLE,
            TITLE - 5.0,
            width - 10.0
        ),
    };
    let middle = x + width / 2.0;
    let _ = writeln!(
        svg,
        "{title}\n<text x=\"{middle:.1}\" y=\"{:.1}\" text-anchor=\"middle\" fill=\"white\">{}</text>",
        y + 18.5,
        escaped(&b.title)
    );
    for (i, line) in b.lines.iter().enumerate() {
        let at = y + TITLE + 18.0 + i as f64 * LINE;
        let _ = writeln!(
            svg,
            "<text x=\"{middle:.1}\" y=\"{at:.1}\" text-anchor=\"middle\" fill=\"#222\">{}</text>",
            escaped(line)
        );
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// A text inside a record of Graphviz.
fn in_record(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        if "{}|<>\"\\ ".contains(c) {
            out.push('\\');
        }
        out.push(c);
    }
    out
}
