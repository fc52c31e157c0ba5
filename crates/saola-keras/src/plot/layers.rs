//! Where the boxes of a diagram stand: in rows by how far they are from the beginning.
//!
//! A box stands one row below the lowest of those that it reads. A line that passes rows gets a place in each of them,
//! so that it goes around the boxes there. Within a row, boxes and passing lines are ordered by the mean of what they are
//! connected to, in sweeps down and up; then each moves as near to that mean as its neighbours let it. (Sugiyama, Tagawa
//! and Toda, "Methods for visual understanding of hierarchical system structures", 1981.)

/// The distance between neighbours in a row.
const GAP: f64 = 28.0;
/// How wide the place of a passing line is.
const LINE: f64 = 12.0;
/// How often rows are gone over.
const SWEEPS: usize = 12;

/// What is placed: a box or a passing line, in the order of the given boxes, lines behind them.
pub(super) struct Placed {
    /// The middle of each box, along the rows.
    pub(super) middle: Vec<f64>,
    /// The row of each box.
    pub(super) row: Vec<usize>,
    /// For each edge, the middles where it passes rows, from top to bottom.
    pub(super) passing: Vec<Vec<f64>>,
    /// How far the widest row reaches.
    pub(super) width: f64,
}

/// Places boxes of these widths, connected by edges from an earlier to a later box.
pub(super) fn place(widths: &[f64], edges: &[(usize, usize)]) -> Placed {
    let mut row = vec![0; widths.len()];
    for &(from, to) in edges {
        row[to] = row[to].max(row[from] + 1);
    }
    let mut cells =
        Cells { widths: widths.to_vec(), near: vec![(vec![], vec![]); widths.len()], rows: vec![] };
    cells.rows.resize(row.iter().max().map_or(0, |m| m + 1), Vec::new());
    (0..widths.len()).for_each(|b| cells.rows[row[b]].push(b));
    let mut lines = Vec::with_capacity(edges.len());
    for &(from, to) in edges {
        let mut last = from;
        let mut line = Vec::new();
        for r in row[from] + 1..row[to] {
            let cell = cells.add(r);
            cells.connect(last, cell);
            line.push(cell);
            last = cell;
        }
        cells.connect(last, to);
        lines.push(line);
    }
    let mut middle = cells.spread();
    for sweep in 0..SWEEPS {
        let down = sweep % 2 == 0;
        cells.sort(&mut middle, down);
        cells.relax(&mut middle, down);
    }
    let reach = |sign: f64| {
        let edge = |c: usize| sign * middle[c] + cells.widths[c] / 2.0;
        (0..middle.len()).map(edge).fold(0.0, f64::max)
    };
    let (left, right) = (reach(-1.0), reach(1.0));
    middle.iter_mut().for_each(|m| *m += left);
    let passing = lines.into_iter().map(|line| line.into_iter().map(|c| middle[c]).collect()).collect();
    middle.truncate(widths.len());
    Placed { middle, row, passing, width: left + right }
}

struct Cells {
    widths: Vec<f64>,
    /// What each is connected to, above and below.
    near: Vec<(Vec<usize>, Vec<usize>)>,
    /// The cells of each row, from left to right.
    rows: Vec<Vec<usize>>,
}

impl Cells {
    fn add(&mut self, row: usize) -> usize {
        let cell = self.widths.len();
        self.widths.push(LINE);
        self.near.push((vec![], vec![]));
        self.rows[row].push(cell);
        cell
    }

    fn connect(&mut self, above: usize, below: usize) {
        self.near[above].1.push(below);
        self.near[below].0.push(above);
    }

    /// The distance that the middles of neighbours need.
    fn apart(&self, left: usize, right: usize) -> f64 {
        (self.widths[left] + self.widths[right]) / 2.0 + GAP
    }

    /// Every row side by side, its middle at 0.
    fn spread(&self) -> Vec<f64> {
        let mut middle = vec![0.0; self.widths.len()];
        for row in &self.rows {
            for pair in row.windows(2) {
                middle[pair[1]] = middle[pair[0]] + self.apart(pair[0], pair[1]);
            }
            let (first, last) = (row.first().copied(), row.last().copied());
            let shift = first.zip(last).map_or(0.0, |(a, b)| (middle[a] + middle[b]) / 2.0);
            row.iter().for_each(|&c| middle[c] -= shift);
        }
        middle
    }

    fn wish(&self, cell: usize, middle: &[f64], down: bool) -> f64 {
        let near = if down { &self.near[cell].0 } else { &self.near[cell].1 };
        match near.len() {
            0 => middle[cell],
            n => near.iter().map(|&c| middle[c]).sum::<f64>() / n as f64,
        }
    }

    /// Orders each row by the mean of what its cells are connected to in the row before.
    fn sort(&mut self, middle: &mut [f64], down: bool) {
        let order: Vec<usize> =
            if down { (0..self.rows.len()).collect() } else { (0..self.rows.len()).rev().collect() };
        for r in order {
            let mut row = std::mem::take(&mut self.rows[r]);
            row.sort_by(|&a, &b| self.wish(a, middle, down).total_cmp(&self.wish(b, middle, down)));
            self.rows[r] = row;
            self.settle(r, middle, down);
        }
    }

    /// Moves cells towards both their neighbours' means.
    fn relax(&self, middle: &mut [f64], down: bool) {
        (0..self.rows.len()).for_each(|r| self.settle(r, middle, down));
    }

    /// Puts the cells of a row where they wish to be, as far as their neighbours allow: once pushed to the right, once to
    /// the left, and in the middle of both.
    fn settle(&self, r: usize, middle: &mut [f64], down: bool) {
        let row = &self.rows[r];
        let wishes: Vec<f64> = row.iter().map(|&c| self.wish(c, middle, down)).collect();
        let (mut right, mut left) = (wishes.clone(), wishes);
        for i in 1..row.len() {
            right[i] = right[i].max(right[i - 1] + self.apart(row[i - 1], row[i]));
        }
        for i in (0..row.len().saturating_sub(1)).rev() {
            left[i] = left[i].min(left[i + 1] - self.apart(row[i], row[i + 1]));
        }
        row.iter().enumerate().for_each(|(i, &c)| middle[c] = (right[i] + left[i]) / 2.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chain_stands_in_a_column() {
        let placed = place(&[100.0, 60.0, 80.0], &[(0, 1), (1, 2)]);
        assert_eq!(placed.row, [0, 1, 2]);
        assert!(placed.middle.iter().all(|&m| (m - 50.0).abs() < 1e-9), "{:?}", placed.middle);
        assert_eq!(placed.width, 100.0);
    }

    #[test]
    fn boxes_of_a_row_do_not_touch_and_lines_pass_them() {
        let edges = [(0, 1), (0, 2), (0, 3), (1, 4), (2, 4), (3, 4), (0, 4)];
        let placed = place(&[50.0; 5], &edges);
        let mut row: Vec<f64> = placed.middle[1..4].to_vec();
        row.push(placed.passing[6][0]);
        row.sort_by(f64::total_cmp);
        for pair in row.windows(2) {
            assert!(pair[1] - pair[0] >= (50.0 + LINE) / 2.0 + GAP - 1e-9, "{row:?}");
        }
        assert_eq!((placed.row[4], placed.passing[6].len()), (2, 1));
    }

    #[test]
    fn nothing_is_placed_nowhere() {
        assert_eq!(place(&[], &[]).width, 0.0);
    }
}
