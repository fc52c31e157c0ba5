//! Makes random graphs: any list of numbers is a graph.

use saola_tensor::{DType, Rng, Tensor};

use crate::graph::{Graph, Op, Symbols};

/// Beyond this a value is squashed, so that nothing overflows.
const LARGE: f64 = 1e3;

/// A random graph with its feeds and the first values of its variables.
#[derive(Debug)]
pub struct Case {
    /// The nodes.
    pub graph: Graph,
    /// What is fed.
    pub feeds: Vec<Tensor>,
    /// The first values of the variables.
    pub variables: Vec<Tensor>,
    /// The nodes that are fetched first.
    pub wanted: Vec<usize>,
    /// The nodes that update variables.
    pub updates: Vec<usize>,
}

/// What decides a node: four numbers, each taken modulo what there is.
pub type Choice = [u16; 4];

struct Maker {
    case: Case,
    symbols: Symbols,
    /// For each node: how large its elements can be.
    bounds: Vec<f64>,
    float: DType,
    extents: [usize; 4],
    /// Whether only what has a derivative everywhere is made, and nothing is updated.
    smooth: bool,
}

impl Case {
    /// The graph that `choices` decide, in one floating-point type, with axes of these `extents`.
    pub fn new(choices: &[Choice], float: DType, extents: [usize; 4], seed: u64) -> Case {
        Case::make(choices, float, extents, seed, false)
    }

    /// As [`Case::new`], in double precision, of functions that have a derivative everywhere, without updates.
    pub fn smooth(choices: &[Choice], extents: [usize; 4], seed: u64) -> Case {
        Case::make(choices, DType::F64, extents, seed, true)
    }

    fn make(choices: &[Choice], float: DType, extents: [usize; 4], seed: u64, smooth: bool) -> Case {
        let mut rng = Rng::new(seed, 0);
        let [a, b, c, d] = extents;
        let shapes: [&[usize]; 7] = [&[], &[b], &[a, b], &[a, 1], &[c, a, b], &[c, 1, b], &[b, d]];
        let mut number = || (rng.below(65) as f64 - 32.0) / 8.0;
        let mut tensor = |shape: &[usize], dtype: DType| {
            let n = shape.iter().product();
            let values: Vec<f64> = (0..n).map(|_| number()).collect();
            let tensor = Tensor::new(values, shape).and_then(|t| t.cast(dtype));
            tensor.expect("numbers can be converted")
        };
        let mut feeds: Vec<Tensor> = shapes.iter().map(|s| tensor(s, float)).collect();
        feeds.push(tensor(&[a, b], DType::I64));
        feeds.push(tensor(&[b], DType::I32));
        feeds.push(tensor(&[a, b], DType::Bool));
        let variables = vec![tensor(&[a, b], float), tensor(&[b], float), tensor(&[], float)];
        let graph = Graph { nodes: Vec::new() };
        let symbols = graph.symbols(&feeds, &variables);
        let case = Case { graph, feeds, variables, wanted: vec![], updates: vec![] };
        let mut maker = Maker { case, symbols, bounds: vec![], float, extents, smooth };
        (0..maker.case.feeds.len()).for_each(|i| maker.push(Op::Feed(i), 4.0));
        (0..3).for_each(|i| maker.push(Op::Variable(i), 100.0));
        let given = maker.bounds.len();
        choices.iter().for_each(|choice| maker.node(*choice));
        let (made, mut rng) = (maker.bounds.len(), Rng::new(seed, 1));
        maker.case.wanted = (given..made).filter(|i| i + 2 >= made || rng.below(4) == 0).collect();
        maker.case
    }
}

impl Maker {
    fn push(&mut self, op: Op, bound: f64) {
        self.symbols.add(&op);
        self.case.graph.nodes.push(op);
        self.bounds.push(bound);
        let last = self.bounds.len() - 1;
        if bound > LARGE && self.dtype(last).is_float() {
            self.push(Op::Unary("tanh", last), 1.0);
        }
    }

    fn dtype(&self, node: usize) -> DType {
        self.symbols.nodes[node].dtype()
    }

    fn shape(&self, node: usize) -> Vec<usize> {
        self.symbols.nodes[node].dims().known().map(|s| s.to_vec()).unwrap_or_default()
    }

    fn len(&self, node: usize) -> usize {
        self.shape(node).iter().product()
    }

    /// One of the nodes that `fits`; later ones are likelier.
    fn pick(&self, choice: u16, fits: impl Fn(usize) -> bool) -> Option<usize> {
        let all: Vec<usize> = (0..self.bounds.len()).filter(|&i| fits(i)).collect();
        let n = all.len();
        let (near, any) = ((choice as usize >> 1) % n.clamp(1, 6), (choice as usize >> 1) % n.max(1));
        all.get(if choice.is_multiple_of(2) { n.wrapping_sub(1 + near) } else { any }).copied()
    }

    fn float(&self, choice: u16) -> Option<usize> {
        self.pick(choice, |i| self.dtype(i) == self.float)
    }

    /// A node whose shape broadcasts with that of `a` without growing too far.
    fn beside(&self, choice: u16, a: usize) -> Option<usize> {
        let fits = |x: &[usize], y: &[usize]| {
            x.iter().rev().zip(y.iter().rev()).all(|(&x, &y)| x == y || x == 1 || y == 1)
        };
        let shape = self.shape(a);
        self.pick(choice, |i| self.dtype(i) == self.dtype(a) && fits(&self.shape(i), &shape))
    }

    /// Tries to add what `choice` says; some choices say nothing.
    fn node(&mut self, [what, p, q, r]: Choice) {
        let added = match what % 24 {
            10 | 22 | 23 if self.smooth => None,
            0..=3 => self.unary(p, q),
            4..=8 => self.binary(p, q, r),
            9 => self.with_number(p, q),
            10 => self.compare(p, q, r),
            11 => self.select(p, q, r),
            12 => self.cast(p, q),
            13 | 14 => self.reduce(p, q, r),
            15 => self.matmul(p, q, r),
            16 => self.permute(p, q),
            17 => self.reshape(p, q),
            18 => self.concatenate(p, q, r),
            19 => self.slice(p, q, r),
            20 => self.gather(p, q),
            21 => self.softmax(p, q),
            22 => self.update(p, q, r),
            _ => self.read(p, q, r),
        };
        if let Some((op, bound)) = added {
            self.push(op, bound);
        }
    }

    fn unary(&mut self, p: u16, q: u16) -> Option<(Op, f64)> {
        let x = self.float(p)?;
        let bound = self.bounds[x];
        let smooth: [(&str, f64); 11] = [
            ("negative", bound),
            ("abs", bound),
            ("square", bound * bound),
            ("exp", bound.min(80.0).exp()),
            ("sin", 1.0),
            ("cos", 1.0),
            ("tanh", 1.0),
            ("sigmoid", 1.0),
            ("relu", bound),
            ("softplus", bound + 1.0),
            ("erf", 1.0),
        ];
        let steps: [(&str, f64); 4] =
            [("floor", bound + 1.0), ("ceil", bound + 1.0), ("round", bound + 1.0), ("sign", 1.0)];
        let exact = self.float == DType::F64 && !self.smooth;
        let k = q as usize % if exact { smooth.len() + steps.len() } else { smooth.len() };
        if let Some(&(name, bound)) = smooth.get(k) {
            // A large exponential would turn small differences into large ones.
            let allowed = !self.smooth || !["abs", "relu"].contains(&name);
            return (allowed && (name != "exp" || self.bounds[x] < 6.0))
                .then_some((Op::Unary(name, x), bound));
        }
        let (name, bound) = steps[k - smooth.len()];
        let x = self.off_centre(x);
        Some((Op::Unary(name, x), 8.0 * bound))
    }

    /// Moves the values away from round numbers, where rounding decides on which side of a step they are.
    fn off_centre(&mut self, x: usize) -> usize {
        self.push(Op::WithNumber("mul", x, 7.31), 1.0);
        self.push(Op::WithNumber("add", self.bounds.len() - 1, 0.1234567), 1.0);
        self.bounds.len() - 1
    }

    fn binary(&self, p: u16, q: u16, r: u16) -> Option<(Op, f64)> {
        let integers = r % 8 == 7;
        let a = self
            .pick(p, |i| if integers { self.dtype(i).is_integer() } else { self.dtype(i) == self.float })?;
        let b = self.beside(q, a)?;
        let (x, y) = (self.bounds[a], self.bounds[b]);
        let (name, bound) =
            [("add", x + y), ("sub", x + y), ("mul", x * y), ("maximum", x.max(y)), ("minimum", x.max(y))]
                [r as usize / 8 % 5];
        let allowed = !self.smooth || !["maximum", "minimum"].contains(&name);
        allowed.then_some((Op::Binary(name, a, b), bound))
    }

    fn with_number(&self, p: u16, q: u16) -> Option<(Op, f64)> {
        let x = self.pick(p, |i| self.dtype(i) != DType::Bool)?;
        let bound = self.bounds[x];
        let number = f64::from(q / 8 % 7) - 3.0;
        Some(match q % 4 {
            0 => (Op::WithNumber("add", x, number), bound + 3.0),
            1 => (Op::WithNumber("sub", x, number), bound + 3.0),
            2 => (Op::WithNumber("mul", x, number), bound * 3.0),
            _ if self.smooth => return None,
            _ => (Op::WithNumber("maximum", x, number), bound.max(3.0)),
        })
    }

    fn compare(&mut self, p: u16, q: u16, r: u16) -> Option<(Op, f64)> {
        if r.is_multiple_of(2) && self.float == DType::F64 {
            let x = self.float(p)?;
            let x = self.off_centre(x);
            let name = ["less", "greater_equal"][q as usize % 2];
            return Some((Op::WithNumber(name, x, 0.3137), 1.0));
        }
        let a = self.pick(p, |i| !self.dtype(i).is_float())?;
        let b = self.beside(q, a)?;
        let names: &[&str] = match self.dtype(a) {
            DType::Bool => &["logical_and", "logical_or", "equal", "not_equal"],
            _ => &["equal", "not_equal", "less", "less_equal", "greater", "greater_equal"],
        };
        Some((Op::Binary(names[r as usize / 2 % names.len()], a, b), 1.0))
    }

    fn select(&self, p: u16, q: u16, r: u16) -> Option<(Op, f64)> {
        let a = self.pick(p, |_| true)?;
        let b = self.beside(q, a)?;
        let whole: Vec<usize> = if self.len(a) > self.len(b) { self.shape(a) } else { self.shape(b) };
        let fits = |x: &[usize]| {
            x.len() <= whole.len() && x.iter().rev().zip(whole.iter().rev()).all(|(&x, &y)| x == y || x == 1)
        };
        let c = self.pick(r, |i| self.dtype(i) == DType::Bool && fits(&self.shape(i)))?;
        Some((Op::Select(c, a, b), self.bounds[a].max(self.bounds[b])))
    }

    fn cast(&mut self, p: u16, q: u16) -> Option<(Op, f64)> {
        let exact = self.float == DType::F64 && !self.smooth;
        let x = self.pick(p, |i| exact || !self.dtype(i).is_float())?;
        let to = [DType::I64, DType::I32, DType::Bool, self.float, self.float][q as usize % 5];
        if to == self.dtype(x) {
            return None;
        }
        let x = if self.dtype(x).is_float() { self.off_centre(x) } else { x };
        Some((Op::Cast(x, to), self.bounds[x] * 8.0 + 1.0))
    }

    fn reduce(&self, p: u16, q: u16, r: u16) -> Option<(Op, f64)> {
        let x = self.pick(p, |i| self.dtype(i) != DType::Bool && !self.shape(i).is_empty())?;
        let shape = self.shape(x);
        let axes: Vec<usize> = (0..shape.len()).filter(|a| r >> a & 1 == 1).collect();
        let axes = if axes.is_empty() { vec![shape.len() - 1] } else { axes };
        let n: usize = axes.iter().map(|&a| shape[a]).product();
        let name = ["sum", "mean", "max", "min"][q as usize % 4];
        let (float, bound) = (self.dtype(x).is_float(), self.bounds[x]);
        let corner = self.smooth && matches!(name, "max" | "min");
        let allowed = !corner && (n > 0 || name == "sum");
        let op = Op::Reduce(name, x, axes, (q / 4).is_multiple_of(2));
        (allowed && (float || name != "mean"))
            .then_some((op, if name == "sum" { bound * n as f64 } else { bound }))
    }

    fn matmul(&self, p: u16, q: u16, r: u16) -> Option<(Op, f64)> {
        let a = self.pick(p, |i| self.dtype(i) == self.float && self.shape(i).len() >= 2)?;
        let shape = self.shape(a);
        let (ta, tb) = (r % 2 == 1, r / 2 % 2 == 1);
        let rank = shape.len();
        let k = shape[rank - 1 - usize::from(ta)];
        let b = self.pick(q, |i| {
            let other = self.shape(i);
            let n = other.len();
            let leads = n == rank && other[..n - 2] == shape[..rank - 2] || n == 2 && !ta;
            self.dtype(i) == self.float && n >= 2 && leads && other[n - 2 + usize::from(tb)] == k
        })?;
        Some((Op::MatMul(a, b, ta, tb), self.bounds[a] * self.bounds[b] * k as f64))
    }

    fn permute(&self, p: u16, q: u16) -> Option<(Op, f64)> {
        let x = self.pick(p, |i| self.shape(i).len() >= 2)?;
        let mut order: Vec<usize> = (0..self.shape(x).len()).collect();
        // Orders that undo each other come up often: plans remove them.
        match q % 3 {
            0 => Rng::new(u64::from(q), 0).shuffle(&mut order),
            1 => order.rotate_left(1),
            _ => order.rotate_right(1),
        }
        Some((Op::Permute(x, order), self.bounds[x]))
    }

    fn reshape(&self, p: u16, q: u16) -> Option<(Op, f64)> {
        let x = self.pick(p, |_| true)?;
        let (shape, n) = (self.shape(x), self.len(x));
        let to = match q % 6 {
            0 => vec![n],
            1 => vec![n, 1],
            2 => [&[1], &shape[..]].concat(),
            3 if n > 0 && n.is_multiple_of(2) => vec![2, n / 2],
            4 if n > 0 && n.is_multiple_of(self.extents[0].max(1)) => {
                vec![n / self.extents[0].max(1), self.extents[0].max(1)]
            }
            _ => shape.iter().rev().copied().collect(),
        };
        Some((Op::Reshape(x, to), self.bounds[x]))
    }

    fn concatenate(&self, p: u16, q: u16, r: u16) -> Option<(Op, f64)> {
        let a = self.pick(p, |i| !self.shape(i).is_empty() && self.len(i) < 4000)?;
        let shape = self.shape(a);
        let axis = r as usize % shape.len();
        let b = self.pick(q, |i| {
            let other = self.shape(i);
            let same = |k: usize| k == axis || other[k] == shape[k];
            self.dtype(i) == self.dtype(a) && other.len() == shape.len() && (0..shape.len()).all(same)
        })?;
        let parts = if r.is_multiple_of(3) { vec![a, b, a] } else { vec![b, a] };
        Some((Op::Concatenate(parts, axis), self.bounds[a].max(self.bounds[b])))
    }

    fn slice(&self, p: u16, q: u16, r: u16) -> Option<(Op, f64)> {
        let x = self.pick(p, |i| !self.shape(i).is_empty())?;
        let shape = self.shape(x);
        let axis = q as usize % shape.len();
        let start = r as usize % (shape[axis] + 1);
        let end = start + (r as usize >> 4) % (shape[axis] - start + 1);
        Some((Op::Slice(x, axis, start, end), self.bounds[x]))
    }

    fn gather(&mut self, p: u16, q: u16) -> Option<(Op, f64)> {
        let x = self.pick(p, |i| self.shape(i).iter().any(|&n| n > 0))?;
        let shape = self.shape(x);
        let axis = (0..shape.len()).cycle().skip(q as usize % shape.len()).find(|&a| shape[a] > 0)?;
        let mut rng = Rng::new(u64::from(q), 1);
        let lead: &[usize] = [&[3][..], &[2, 2], &[], &[0]][q as usize / 8 % 4];
        let n = lead.iter().product();
        let indices: Vec<i64> = (0..n).map(|_| rng.below(shape[axis]) as i64).collect();
        let bound = self.bounds[x];
        self.push(Op::Constant(Tensor::new(indices, lead).ok()?), 1.0);
        Some((Op::Gather(x, self.bounds.len() - 1, axis), bound))
    }

    fn softmax(&self, p: u16, q: u16) -> Option<(Op, f64)> {
        let x = self.pick(p, |i| self.dtype(i) == self.float && !self.shape(i).is_empty())?;
        let n = self.shape(x)[self.shape(x).len() - 1] as f64;
        let labels = self.pick(q, |i| self.dtype(i) == self.float && self.shape(i) == self.shape(x))?;
        Some(match q % 3 {
            0 => (Op::Softmax(x, false), 1.0),
            1 => (Op::Softmax(x, true), 2.0 * self.bounds[x] + n),
            _ => (Op::CrossEntropy(x, labels), n * self.bounds[labels] * (2.0 * self.bounds[x] + n)),
        })
    }

    fn update(&mut self, p: u16, q: u16, r: u16) -> Option<(Op, f64)> {
        let v = p as usize % 3;
        let shape = self.case.variables[v].shape().to_vec();
        let x = self
            .pick(q, |i| self.dtype(i) == self.float && self.shape(i) == shape && self.bounds[i] < 200.0)?;
        self.case.updates.push(self.bounds.len());
        Some((Op::Update(["assign", "assign_add", "assign_sub"][r as usize % 3], v, x), 100.0))
    }

    fn read(&self, p: u16, q: u16, r: u16) -> Option<(Op, f64)> {
        let others: Vec<usize> = match self.case.updates.len() {
            0 => vec![],
            n => vec![self.case.updates[r as usize % n], q as usize % self.bounds.len()],
        };
        match q % 3 {
            0 => {
                let x = self.pick(p, |_| true)?;
                Some((Op::After(x, others), self.bounds[x]))
            }
            _ => Some((Op::Read(p as usize % 3, others), 100.0)),
        }
    }
}
