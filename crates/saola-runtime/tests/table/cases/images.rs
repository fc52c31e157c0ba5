//! Images of another size.

use saola_graph::{AffineTransform, Outside, Resize, constant};
use saola_tensor::Tensor;
use saola_testkit::Naive;
use saola_testkit::naive::positions;
use serde_json::json;

use crate::attributes::Attributes;
use crate::case::Case;

pub(crate) fn cases() -> Vec<Case> {
    vec![resize(), affine_transform()]
}

fn resize() -> Case {
    Case::new(
        "resize",
        |d| {
            let rank = d.between(3, 4);
            let shape = d.filled(rank);
            let attributes = [
                ("height", json!(d.between(1, 9))),
                ("width", json!(d.between(1, 9))),
                ("nearest", json!(d.coin())),
                ("channels_first", json!(d.coin())),
            ];
            (vec![d.floats(&shape)], Attributes::of(attributes))
        },
        |x, a| {
            let mut resize = Resize::new(a.size("height"), a.size("width"));
            resize = if a.flag("nearest") { resize.nearest() } else { resize };
            resize = if a.flag("channels_first") { resize.channels_first() } else { resize };
            vec![resize.call(&x[0])]
        },
        |x, a| vec![resized(&x[0], a)],
    )
    .tolerance(20.0)
}

fn affine_transform() -> Case {
    Case::new(
        "affine_transform",
        |d| {
            let shape = d.filled(4);
            let outside = d.one_of(&["constant", "nearest", "reflect", "wrap"]);
            let mut number = |low, high| d.between(low, high) as f64 / 8.0 - 2.0;
            // About the image itself, and much of what is around it, at places that have no rounding; the reference
            // values have projections as well.
            let map: Vec<f64> = vec![
                number(12, 30),
                number(12, 20),
                number(0, 40),
                number(12, 20),
                number(12, 30),
                number(0, 40),
                0.0,
                0.0,
            ];
            let attributes = [
                ("map", json!(map)),
                ("nearest", json!(d.coin())),
                ("outside", json!(outside)),
                ("fill", json!(0.5)),
            ];
            (vec![d.floats(&shape)], Attributes::of(attributes))
        },
        |x, a| {
            let numbers: Vec<f32> = a.numbers("map").iter().map(|&n| n as f32).collect();
            let maps = Tensor::new(numbers, [1, 8]).expect("eight numbers");
            let outside = match a.text("outside") {
                "constant" => Outside::Constant,
                "nearest" => Outside::Nearest,
                "reflect" => Outside::Reflect,
                _ => Outside::Wrap,
            };
            let transform = AffineTransform::new().outside(outside, a.number("fill"));
            let transform = if a.flag("nearest") { transform.nearest() } else { transform };
            vec![transform.call(&x[0], &constant(maps))]
        },
        |x, a| vec![transformed(&x[0], a)],
    )
    .tolerance(20.0)
}

/// By mirrors and copies of the image, pixel by pixel, in double precision.
fn transformed(x: &Naive, a: &Attributes) -> Naive {
    let (map, fill, numbers) = (a.numbers("map"), a.number("fill"), x.floats());
    let outside = a.text("outside").to_string();
    let inside = |mut at: f64, n: usize| {
        let last = n as f64 - 1.0;
        match outside.as_str() {
            "constant" => return at,
            "reflect" if n > 1 => {
                let (length, period) = (n as f64, 2.0 * n as f64);
                at = at.rem_euclid(period);
                at = if at >= length { period - at - 1.0 } else { at };
            }
            "wrap" if n > 1 => {
                let length = n as f64;
                if at < 0.0 {
                    at += length * ((-at / last).trunc() + 1.0);
                } else if at > last {
                    at -= length * (at / last).trunc();
                }
            }
            _ => {}
        }
        at.clamp(0.0, last)
    };
    let (height, width) = (x.shape[1], x.shape[2]);
    let value = |p: &Vec<usize>| {
        let (px, py) = (p[2] as f64, p[1] as f64);
        let k = map[6] * px + map[7] * py + 1.0;
        let sx = inside((map[0] * px + map[1] * py + map[2]) / k, width);
        let sy = inside((map[3] * px + map[4] * py + map[5]) / k, height);
        let at = |row: f64, column: f64| {
            let known = row >= 0.0 && column >= 0.0 && row < height as f64 && column < width as f64;
            let place = [p[0], row.max(0.0) as usize, column.max(0.0) as usize, p[3]];
            if known { numbers[x.shape.iter().zip(place).fold(0, |at, (&n, i)| at * n + i)] } else { fill }
        };
        if a.flag("nearest") {
            return at(sy.round(), sx.round());
        }
        let (down, right) = (sy - sy.floor(), sx - sx.floor());
        let row = |y: f64| at(y, sx.floor()) * (1.0 - right) + at(y, sx.floor() + 1.0) * right;
        row(sy.floor()) * (1.0 - down) + row(sy.floor() + 1.0) * down
    };
    let out = positions(&x.shape).iter().map(value).collect();
    Naive::new(out, x.shape.clone(), x.dtype)
}

fn resized(x: &Naive, a: &Attributes) -> Naive {
    let rank = x.shape.len();
    let axis = if a.flag("channels_first") { rank - 2 } else { rank - 3 };
    let mut shape = x.shape.clone();
    (shape[axis], shape[axis + 1]) = (a.size("height"), a.size("width"));
    let numbers = x.floats();
    let at = |p: &[usize], row: f64, column: f64| {
        let mut p = p.to_vec();
        p[axis] = row.clamp(0.0, (x.shape[axis] - 1) as f64) as usize;
        p[axis + 1] = column.clamp(0.0, (x.shape[axis + 1] - 1) as f64) as usize;
        numbers[x.shape.iter().zip(p).fold(0, |at, (&n, i)| at * n + i)]
    };
    let centre =
        |p: &[usize], axis: usize| (p[axis] as f64 + 0.5) * x.shape[axis] as f64 / shape[axis] as f64;
    let value = |p: &Vec<usize>| {
        let (y, x) = (centre(p, axis), centre(p, axis + 1));
        if a.flag("nearest") {
            // What lies on an edge belongs to the pixel behind it.
            return at(p, (y + 1e-9).floor(), (x + 1e-9).floor());
        }
        let (y, x) = (y - 0.5, x - 0.5);
        let (down, right) = (y - y.floor(), x - x.floor());
        let row = |y: f64| at(p, y, x.floor()) * (1.0 - right) + at(p, y, x.floor() + 1.0) * right;
        row(y.floor()) * (1.0 - down) + row(y.floor() + 1.0) * down
    };
    let out = positions(&shape).iter().map(value).collect();
    Naive::new(out, shape, x.dtype)
}
