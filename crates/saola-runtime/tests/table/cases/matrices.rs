//! Parts of matrices, and sums of products by the letters of axes.

use saola_graph::{Dims, einsum};
use saola_testkit::Naive;
use saola_testkit::naive::positions;
use serde_json::json;

use super::picked;
use crate::attributes::Attributes;
use crate::case::Case;

pub(crate) fn cases() -> Vec<Case> {
    let mut all = parts();
    all.push(sums_of_products());
    all.push(broadcast_products());
    all
}

fn parts() -> Vec<Case> {
    vec![diagonal_case(), diag_case(), band_part_case()]
}

fn diagonal_case() -> Case {
    Case::new(
        "diagonal",
        |d| {
            let shape = d.shape(3);
            let (rows, columns) = d.one_of(&[(0, 1), (1, 2), (2, 0), (1, 0)]);
            let offset = d.between(0, 6) as i64 - 3;
            let attributes = [("offset", json!(offset)), ("rows", json!(rows)), ("columns", json!(columns))];
            (vec![d.floats(&shape)], Attributes::of(attributes))
        },
        |x, a| vec![x[0].diagonal(a.int("offset"), a.int("rows"), a.int("columns"))],
        |x, a| {
            let (r, c, offset) = (a.size("rows"), a.size("columns"), a.int("offset"));
            let (m, n) = (x[0].shape[r] as isize, x[0].shape[c] as isize);
            let start = (-offset).max(0);
            let places: Vec<isize> = (start..m).take_while(|i| i + offset < n).collect();
            let kept: usize = 3 - r - c;
            let shape = [x[0].shape[kept], places.len()];
            let from = |p: &[usize]| {
                let mut at = vec![0; 3];
                at[kept] = p[0];
                at[r] = places[p[1]] as usize;
                at[c] = (places[p[1]] + offset) as usize;
                Some(at)
            };
            vec![picked(&x[0], &shape, 0.0, from)]
        },
    )
}

fn diag_case() -> Case {
    Case::new(
        "diag",
        |d| {
            let shape = d.shape(2);
            let offset = d.between(0, 6) as i64 - 3;
            (vec![d.floats(&shape)], Attributes::of([("offset", json!(offset))]))
        },
        |x, a| vec![x[0].diag(a.int("offset"))],
        |x, a| {
            let offset = a.int("offset");
            let side = x[0].shape[1] + offset.unsigned_abs();
            let from = |p: &[usize]| {
                let on = p[2] as isize - p[1] as isize == offset;
                on.then(|| vec![p[0], p[1].min(p[2])])
            };
            vec![picked(&x[0], &[x[0].shape[0], side, side], 0.0, from)]
        },
    )
    .file("diagonal")
}

fn band_part_case() -> Case {
    Case::new(
        "band_part",
        |d| {
            let shape = d.shape(3);
            let low = d.between(0, 6) as i64 - 4;
            let attributes = [("low", json!(low)), ("high", json!(low + d.between(0, 5) as i64))];
            (vec![d.floats(&shape)], Attributes::of(attributes))
        },
        |x, a| vec![x[0].band_part(a.int("low"), a.int("high"))],
        |x, a| {
            let band = a.int("low")..=a.int("high");
            let inside = |p: &[usize]| band.contains(&(p[2] as isize - p[1] as isize));
            vec![picked(&x[0], &x[0].shape.clone(), 0.0, |p| inside(p).then(|| p.to_vec()))]
        },
    )
}

/// Equations and the extents of their letters in each operand; `.` is a further axis.
const EQUATIONS: [(&str, &[&str]); 16] = [
    ("ij,jk->ik", &["ij", "jk"]),
    ("ij,jk", &["ij", "jk"]),
    ("bij,bjk->bik", &["bij", "bjk"]),
    ("bqhd,bkhd->bhqk", &["bqhd", "bkhd"]),
    ("abc,cd->abd", &["abc", "cd"]),
    ("abcd,cde->abe", &["abcd", "cde"]),
    ("i,j->ij", &["i", "j"]),
    ("i,i->", &["i", "i"]),
    ("ij,ij->i", &["ij", "ij"]),
    ("ij->ji", &["ij"]),
    ("ij->", &["ij"]),
    ("ii->i", &["ii"]),
    ("ab,bc,cd->ad", &["ab", "bc", "cd"]),
    ("ij,j->i", &["ij", "j"]),
    ("abc,abd->dc", &["abc", "abd"]),
    ("ijk,k->ij", &["ijk", "k"]),
];

fn sums_of_products() -> Case {
    Case::new(
        "einsum",
        |d| {
            let (equation, operands) = d.one_of(&EQUATIONS);
            let extents: Vec<usize> = (0..26).map(|_| d.between(1, 5)).collect();
            let of = |c: u8| extents[(c - b'a') as usize];
            let shapes: Vec<Vec<usize>> = operands.iter().map(|o| o.bytes().map(of).collect()).collect();
            let inputs = shapes.iter().map(|s| d.floats(s)).collect();
            (inputs, Attributes::of([("equation", json!(equation))]))
        },
        |x, a| vec![einsum(a.text("equation"), x)],
        |x, a| vec![plain_sum(a.text("equation"), x)],
    )
    .operation("placeholder")
    .known("several unknown extents cannot become one axis")
    .tolerance(40.0)
}

/// The sum over every assignment of the letters.
fn plain_sum(equation: &str, x: &[Naive]) -> Naive {
    let (left, right) = equation.split_once("->").unwrap_or((equation, "ik"));
    let terms: Vec<Vec<char>> = left.split(',').map(|t| t.chars().collect()).collect();
    let mut letters: Vec<char> = terms.concat();
    letters.sort_unstable();
    letters.dedup();
    let extent = |c: &char| {
        let found = terms.iter().zip(x).find_map(|(t, x)| t.iter().position(|l| l == c).map(|i| x.shape[i]));
        found.expect("a letter of an operand")
    };
    let place = |names: &[char], at: &[usize]| {
        let index = |c: &char| at[letters.iter().position(|l| l == c).expect("a letter")];
        names.iter().fold(0, |sum, c| sum * extent(c) + index(c))
    };
    let output: Vec<char> = right.chars().collect();
    let shape: Vec<usize> = output.iter().map(extent).collect();
    let mut out = vec![0.0; shape.iter().product()];
    let numbers: Vec<Vec<f64>> = x.iter().map(Naive::floats).collect();
    for at in positions(&letters.iter().map(extent).collect::<Vec<_>>()) {
        let factors = terms.iter().zip(&numbers).map(|(t, n)| n[place(t, &at)]);
        out[place(&output, &at)] += factors.product::<f64>();
    }
    Naive::new(out, shape, x[0].dtype)
}

fn broadcast_products() -> Case {
    Case::new(
        "matmul_broadcast",
        |d| {
            let leads: [[&[usize]; 2]; 6] = [
                [&[3], &[1]],
                [&[1, 2], &[3, 1]],
                [&[], &[2, 2]],
                [&[2], &[3, 2]],
                [&[2, 1], &[3]],
                [&[0], &[1]],
            ];
            let [a, b] = d.one_of(&leads);
            let (m, k, n) = (d.extent(), d.extent(), d.extent());
            let inputs = vec![d.floats(&[a, &[m, k]].concat()), d.floats(&[b, &[k, n]].concat())];
            (inputs, Attributes::none())
        },
        |x, _| vec![x[0].matmul(&x[1])],
        |x, _| {
            let lead = |n: &Naive| n.shape[..n.shape.len() - 2].to_vec();
            let (la, lb) = (lead(&x[0]), lead(&x[1]));
            let rank = la.len().max(lb.len());
            let of = |l: &[usize], i: usize| (i + l.len()).checked_sub(rank).map_or(1, |k| l[k]);
            let all: Vec<usize> =
                (0..rank).map(|i| if of(&la, i) == 1 { of(&lb, i) } else { of(&la, i) }).collect();
            let wide = |n: &Naive| n.broadcast_to(&[&all[..], &n.shape[n.shape.len() - 2..]].concat());
            vec![wide(&x[0]).matmul(&wide(&x[1]), false, false)]
        },
    )
    .file("matmul")
    .operation("matmul")
    .tolerance(40.0)
}

#[test]
fn a_batch_of_unknown_extent_is_carried_along() {
    use saola_graph::{DType, Dim, placeholder};
    let batch = |dims: &[usize]| {
        let all: Dims = std::iter::once(Dim::Any).chain(dims.iter().map(|&n| Dim::Known(n))).collect();
        placeholder("x", DType::F32, all)
    };
    let found = |equation: &str, a: &saola_graph::Symbol, b: &saola_graph::Symbol| -> String {
        let found = einsum(equation, [a, b]);
        assert!(found.error().is_none(), "{:?}", found.error());
        found.dims().to_string()
    };
    let heads = batch(&[5, 2, 4]);
    assert_eq!(found("bqhd,bkhd->bhqk", &heads, &heads), "[?, 2, 5, 5]");
    assert_eq!(found("bhqk,bkhd->bqhd", &batch(&[2, 5, 5]), &heads), "[?, 5, 2, 4]");
    assert_eq!(
        found("btd,dhk->bthk", &batch(&[5, 8]), &placeholder("w", DType::F32, [8, 2, 4])),
        "[?, 5, 2, 4]"
    );
    assert_eq!(found("bthk,hkd->btd", &heads, &placeholder("w", DType::F32, [2, 4, 8])), "[?, 5, 8]");
    assert_eq!(found("bt,bt->b", &batch(&[5]), &batch(&[5])), "[?]");
}

#[test]
fn further_axes_broadcast() {
    let symbol = |dims: &[usize]| saola_graph::placeholder("x", saola_graph::DType::F32, dims);
    let dims = |equation: &str, a: &[usize], b: &[usize]| -> Dims {
        let found = einsum(equation, [&symbol(a), &symbol(b)]);
        assert!(found.error().is_none(), "{:?}", found.error());
        found.dims().clone()
    };
    assert_eq!(dims("...ij,...jk->...ik", &[2, 1, 3, 4], &[5, 4, 6]), Dims::from([2, 5, 3, 6]));
    assert_eq!(dims("...ij,jk", &[2, 3, 4], &[4, 6]), Dims::from([2, 3, 6]));
    assert_eq!(dims("i...,i->...", &[3, 2, 2], &[3]), Dims::from([2, 2]));
}
