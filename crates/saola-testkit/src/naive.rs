//! What operations mean, as plain loops.
//!
//! Nothing here knows plans, fusion, views or kernels: an array is its shape and its numbers, and every
//! operation is a loop over positions. Floats are computed in double precision and rounded to the dtype after
//! each operation, integers in 64 bits and wrapped.

use saola_tensor::{DType, Result, Tensor, bf16, f16};

/// An array of plain numbers.
#[derive(Clone, Debug, PartialEq)]
pub struct Naive {
    /// The type that the numbers are rounded to.
    pub dtype: DType,
    /// The extents.
    pub shape: Vec<usize>,
    data: Data,
}

#[derive(Clone, Debug, PartialEq)]
enum Data {
    Floats(Vec<f64>),
    /// Integers, and truth values as 0 and 1.
    Integers(Vec<i64>),
}

/// Every position of an array of `shape`, row by row.
pub fn positions(shape: &[usize]) -> Vec<Vec<usize>> {
    let mut all = vec![vec![]];
    for &n in shape {
        all = all.iter().flat_map(|p: &Vec<usize>| (0..n).map(move |i| [&p[..], &[i]].concat())).collect();
    }
    all
}

/// Where `position` is among the elements of an array of `shape`.
fn offset(shape: &[usize], position: &[usize]) -> usize {
    shape.iter().zip(position).fold(0, |at, (&n, &i)| at * n + i)
}

/// The shape that `shapes` broadcast to. They are known to fit.
fn broadcast(shapes: &[&[usize]]) -> Vec<usize> {
    let rank = shapes.iter().map(|s| s.len()).max().unwrap_or(0);
    let extent = |axis: usize| {
        let of = |s: &&[usize]| (axis + s.len()).checked_sub(rank).map_or(1, |a| s[a]);
        shapes.iter().map(of).find(|&n| n != 1).unwrap_or(1)
    };
    (0..rank).map(extent).collect()
}

/// Where the element for position `at` of a broadcast result is in an array of `shape`.
fn source(shape: &[usize], at: &[usize]) -> usize {
    let shift = at.len() - shape.len();
    let inside: Vec<usize> =
        shape.iter().zip(&at[shift..]).map(|(&n, &i)| if n == 1 { 0 } else { i }).collect();
    offset(shape, &inside)
}

impl Naive {
    /// With `f` applied to every floating-point number.
    #[must_use]
    pub fn map_floats(mut self, f: impl FnMut(f64) -> f64) -> Naive {
        if let Data::Floats(x) = self.data {
            self.data = Data::Floats(x.into_iter().map(f).collect());
        }
        self
    }

    /// The numbers of a tensor, which holds no strings.
    ///
    /// # Errors
    /// A tensor of strings.
    pub fn from_tensor(tensor: &Tensor) -> Result<Naive> {
        let data = match tensor.dtype().is_float() {
            true => Data::Floats(tensor.cast(DType::F64)?.to_vec()?),
            false => Data::Integers(tensor.cast(DType::I64)?.to_vec()?),
        };
        Ok(Naive { dtype: tensor.dtype(), shape: tensor.shape().to_vec(), data })
    }

    /// The tensor of these numbers.
    ///
    /// # Errors
    /// None for an array that was made here.
    pub fn to_tensor(&self) -> Result<Tensor> {
        let shape = &self.shape[..];
        match &self.data {
            Data::Floats(x) => Tensor::new(x.clone(), shape)?.cast(self.dtype),
            Data::Integers(x) => Tensor::new(x.clone(), shape)?.cast(self.dtype),
        }
    }

    fn floats_of(dtype: DType, shape: Vec<usize>, x: Vec<f64>) -> Naive {
        let round = |x: f64| match dtype {
            DType::F32 => f64::from(x as f32),
            DType::BF16 => bf16::from_f32(x as f32).to_f64(),
            DType::F16 => f16::from_f32(x as f32).to_f64(),
            _ => x,
        };
        Naive { dtype, shape, data: Data::Floats(x.into_iter().map(round).collect()) }
    }

    fn integers_of(dtype: DType, shape: Vec<usize>, x: Vec<i64>) -> Naive {
        let wrap = |x: i64| match dtype {
            DType::I32 => i64::from(x as i32),
            DType::U8 => i64::from(x as u8),
            _ => x,
        };
        Naive { dtype, shape, data: Data::Integers(x.into_iter().map(wrap).collect()) }
    }

    /// How many elements there are.
    pub fn len(&self) -> usize {
        self.shape.iter().product()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The numbers as doubles.
    pub fn floats(&self) -> Vec<f64> {
        match &self.data {
            Data::Floats(x) => x.clone(),
            Data::Integers(x) => x.iter().map(|&x| x as f64).collect(),
        }
    }

    /// The numbers as integers.
    pub fn integers(&self) -> Vec<i64> {
        match &self.data {
            Data::Floats(x) => x.iter().map(|&x| x as i64).collect(),
            Data::Integers(x) => x.clone(),
        }
    }

    /// The elements at `from(position)`, for each position of `shape`.
    fn moved(&self, shape: Vec<usize>, from: impl Fn(&[usize]) -> usize) -> Naive {
        let places: Vec<usize> = positions(&shape).iter().map(|p| from(p)).collect();
        let data = match &self.data {
            Data::Floats(x) => Data::Floats(places.iter().map(|&i| x[i]).collect()),
            Data::Integers(x) => Data::Integers(places.iter().map(|&i| x[i]).collect()),
        };
        Naive { dtype: self.dtype, shape, data }
    }

    /// One float.
    pub fn scalar(x: f64, dtype: DType) -> Naive {
        Naive::floats_of(dtype, vec![], vec![x])
    }

    /// A row of floats.
    pub fn vector(x: &[f64], dtype: DType) -> Naive {
        Naive::new(x.to_vec(), vec![x.len()], dtype)
    }

    /// Numbers under a shape, rounded to `dtype`.
    pub fn new(x: Vec<f64>, shape: Vec<usize>, dtype: DType) -> Naive {
        match dtype.is_float() {
            true => Naive::floats_of(dtype, shape, x),
            false => Naive::integers_of(dtype, shape, x.into_iter().map(|x| x as i64).collect()),
        }
    }

    /// Any function of each element.
    pub fn map(&self, f: impl Fn(f64) -> f64) -> Naive {
        Naive::new(self.floats().into_iter().map(f).collect(), self.shape.clone(), self.dtype)
    }

    /// A matrix of `n` columns, into which the columns of this one are added at `indices`.
    pub fn scatter_columns(&self, indices: &Naive, n: usize) -> Naive {
        let (rows, columns, x) = (self.shape[0], self.shape[1], self.floats());
        let mut out = vec![0.0; rows * n];
        for (k, &i) in indices.integers().iter().enumerate() {
            (0..rows).for_each(|r| out[r * n + i as usize] += x[r * columns + k]);
        }
        Naive::new(out, vec![rows, n], self.dtype)
    }

    /// The function called `name`, as the method of a symbol, of each element.
    pub fn unary(&self, name: &str) -> Naive {
        let shape = self.shape.clone();
        match &self.data {
            Data::Floats(x) if name == "is_finite" => {
                let x = x.iter().map(|x| i64::from(x.is_finite())).collect();
                Naive::integers_of(DType::Bool, shape, x)
            }
            Data::Floats(x) => {
                Naive::floats_of(self.dtype, shape, x.iter().map(|&x| unary_float(name, x)).collect())
            }
            Data::Integers(x) => {
                Naive::integers_of(self.dtype, shape, x.iter().map(|&x| unary_integer(name, x)).collect())
            }
        }
    }

    /// The function called `name`, as the operation, of each pair of elements.
    pub fn binary(&self, name: &str, other: &Naive) -> Naive {
        let shape = broadcast(&[&self.shape, &other.shape]);
        let all = positions(&shape);
        let pairs = all.iter().map(|p| (source(&self.shape, p), source(&other.shape, p)));
        match (&self.data, &other.data) {
            (Data::Integers(x), Data::Integers(y)) => {
                let comparison = compare(name, 0.0, 0.0).is_some() || self.dtype == DType::Bool;
                let out = pairs.map(|(i, j)| binary_integer(name, x[i], y[j])).collect();
                let dtype = if comparison { DType::Bool } else { self.dtype };
                Naive::integers_of(dtype, shape, out)
            }
            _ => {
                let (x, y) = (self.floats(), other.floats());
                if compare(name, 0.0, 0.0).is_some() {
                    let out = pairs.map(|(i, j)| i64::from(compare(name, x[i], y[j]) == Some(true)));
                    return Naive::integers_of(DType::Bool, shape, out.collect());
                }
                let out = pairs.map(|(i, j)| binary_float(name, x[i], y[j])).collect();
                Naive::floats_of(self.dtype, shape, out)
            }
        }
    }

    /// `a` where this is true, else `b`.
    pub fn select(&self, a: &Naive, b: &Naive) -> Naive {
        let shape = broadcast(&[&self.shape, &a.shape, &b.shape]);
        let (c, a, b) = (self.broadcast_to(&shape), a.broadcast_to(&shape), b.broadcast_to(&shape));
        let c = c.integers();
        let data = match (&a.data, &b.data) {
            (Data::Integers(x), Data::Integers(y)) => {
                Data::Integers((0..c.len()).map(|i| if c[i] != 0 { x[i] } else { y[i] }).collect())
            }
            _ => {
                let (x, y) = (a.floats(), b.floats());
                Data::Floats((0..c.len()).map(|i| if c[i] != 0 { x[i] } else { y[i] }).collect())
            }
        };
        Naive { dtype: a.dtype, shape, data }
    }

    /// Every element converted.
    pub fn cast(&self, dtype: DType) -> Naive {
        let shape = self.shape.clone();
        match dtype {
            d if d.is_float() => Naive::floats_of(dtype, shape, self.floats()),
            DType::Bool => {
                let truth = self.floats().iter().map(|&x| i64::from(x != 0.0)).collect();
                Naive::integers_of(dtype, shape, truth)
            }
            _ => {
                let (low, high) = match dtype {
                    DType::I32 => (i64::from(i32::MIN), i64::from(i32::MAX)),
                    DType::U8 => (0, 255),
                    _ => (i64::MIN, i64::MAX),
                };
                match &self.data {
                    // From a float, numbers beyond the range become its ends; integers wrap.
                    Data::Floats(x) => Naive::integers_of(
                        dtype,
                        shape,
                        x.iter().map(|&x| (x as i64).clamp(low, high)).collect(),
                    ),
                    Data::Integers(x) => Naive::integers_of(dtype, shape, x.clone()),
                }
            }
        }
    }

    /// Repeated to `shape`.
    pub fn broadcast_to(&self, shape: &[usize]) -> Naive {
        self.moved(shape.to_vec(), |p| source(&self.shape, p))
    }

    /// The same elements under another shape.
    pub fn reshape(&self, shape: &[usize]) -> Naive {
        Naive { dtype: self.dtype, shape: shape.to_vec(), data: self.data.clone() }
    }

    /// Axis i of the result is axis `order[i]`.
    pub fn permute(&self, order: &[usize]) -> Naive {
        let shape = order.iter().map(|&a| self.shape[a]).collect();
        self.moved(shape, |p| {
            let mut at = vec![0; p.len()];
            order.iter().zip(p).for_each(|(&a, &i)| at[a] = i);
            offset(&self.shape, &at)
        })
    }

    /// The range `start..end` along `axis`.
    pub fn slice(&self, axis: usize, start: usize, end: usize) -> Naive {
        let mut shape = self.shape.clone();
        shape[axis] = end - start;
        self.moved(shape, |p| {
            let mut at = p.to_vec();
            at[axis] += start;
            offset(&self.shape, &at)
        })
    }

    /// The slices at `indices` along `axis`.
    pub fn gather(&self, indices: &Naive, axis: usize) -> Naive {
        let shape = [&self.shape[..axis], &indices.shape[..], &self.shape[axis + 1..]].concat();
        let (numbers, n) = (indices.integers(), indices.shape.len());
        self.moved(shape, |p| {
            let index = numbers[offset(&indices.shape, &p[axis..axis + n])] as usize;
            offset(&self.shape, &[&p[..axis], &[index], &p[axis + n..]].concat())
        })
    }

    /// The parts one behind the other along `axis`.
    pub fn concatenate(parts: &[&Naive], axis: usize) -> Naive {
        let mut shape = parts[0].shape.clone();
        shape[axis] = parts.iter().map(|p| p.shape[axis]).sum();
        let mut floats = Vec::new();
        let mut integers = Vec::new();
        for mut at in positions(&shape) {
            let mut k = 0;
            while at[axis] >= parts[k].shape[axis] {
                at[axis] -= parts[k].shape[axis];
                k += 1;
            }
            match &parts[k].data {
                Data::Floats(x) => floats.push(x[offset(&parts[k].shape, &at)]),
                Data::Integers(x) => integers.push(x[offset(&parts[k].shape, &at)]),
            }
        }
        match parts[0].data {
            Data::Floats(_) => Naive::floats_of(parts[0].dtype, shape, floats),
            Data::Integers(_) => Naive::integers_of(parts[0].dtype, shape, integers),
        }
    }

    /// A row of `depth` for each index, 0 but for a 1 at the index.
    pub fn one_hot(&self, depth: usize, dtype: DType) -> Naive {
        let shape = [&self.shape[..], &[depth]].concat();
        let rows = self.integers();
        let out = rows.iter().flat_map(|&i| (0..depth as i64).map(move |k| i64::from(k == i))).collect();
        Naive::integers_of(DType::I64, shape, out).cast(dtype)
    }

    /// `sum`, `mean`, `prod`, `max` or `min` over `axes`.
    pub fn reduce(&self, name: &str, axes: &[usize], keep: bool) -> Naive {
        let kept = |a: usize| !axes.contains(&a);
        let inner: Vec<usize> = axes.iter().map(|&a| self.shape[a]).collect();
        let outer: Vec<usize> =
            (0..self.shape.len()).map(|a| if kept(a) { self.shape[a] } else { 1 }).collect();
        let members = |p: &[usize]| -> Vec<usize> {
            let place = |q: &Vec<usize>| {
                let mut at = p.to_vec();
                axes.iter().zip(q).for_each(|(&a, &i)| at[a] = i);
                offset(&self.shape, &at)
            };
            positions(&inner).iter().map(place).collect()
        };
        let all: Vec<Vec<usize>> = positions(&outer).iter().map(|p| members(p)).collect();
        let shape = if keep {
            outer
        } else {
            (0..self.shape.len()).filter(|&a| kept(a)).map(|a| self.shape[a]).collect()
        };
        match &self.data {
            Data::Floats(x) => {
                let out = all.iter().map(|m| fold_floats(name, m.iter().map(|&i| x[i]))).collect();
                Naive::floats_of(self.dtype, shape, out)
            }
            Data::Integers(x) => {
                let out = all.iter().map(|m| fold_integers(name, m.iter().map(|&i| x[i]))).collect();
                Naive::integers_of(self.dtype, shape, out)
            }
        }
    }

    /// Summed over the axes along which `like` was repeated.
    pub fn sum_like(&self, like: &[usize]) -> Naive {
        let mut out = vec![0.0; like.iter().product()];
        let x = self.floats();
        for (i, p) in positions(&self.shape).iter().enumerate() {
            out[source(like, p)] += x[i];
        }
        Naive::floats_of(self.dtype, like.to_vec(), out)
    }

    /// The index of the first largest or smallest element along `axis`.
    pub fn arg_extreme(&self, axis: usize, largest: bool) -> Naive {
        let mut shape = self.shape.clone();
        let n = shape.remove(axis);
        let x = self.floats();
        let at = |p: &[usize], k: usize| {
            let mut at = p.to_vec();
            at.insert(axis, k);
            x[offset(&self.shape, &at)]
        };
        let better = |a: f64, b: f64| if largest { a > b } else { a < b };
        let best =
            |p: &Vec<usize>| (1..n).fold(0, |best, k| if better(at(p, k), at(p, best)) { k } else { best });
        let out = positions(&shape).iter().map(|p| best(p) as i64).collect();
        Naive::integers_of(DType::I64, shape, out)
    }

    /// The product of matrices, either with rows and columns exchanged first.
    pub fn matmul(&self, other: &Naive, transpose_a: bool, transpose_b: bool) -> Naive {
        let turn = |x: &Naive, yes: bool| {
            let mut order: Vec<usize> = (0..x.shape.len()).collect();
            let n = order.len();
            if yes {
                order.swap(n - 2, n - 1);
            }
            x.permute(&order)
        };
        let (a, b) = (turn(self, transpose_a), turn(other, transpose_b));
        let rank = a.shape.len();
        let (k, n) = (a.shape[rank - 1], b.shape[b.shape.len() - 1]);
        let shape = [&a.shape[..rank - 1], &[n]].concat();
        let (x, y) = (a.floats(), b.floats());
        let product = |p: &Vec<usize>| -> f64 {
            let (lead, row, column) = (&p[..rank - 2], p[rank - 2], p[rank - 1]);
            let lead_b = if b.shape.len() == 2 { &[] } else { lead };
            let of = |j: usize| {
                x[offset(&a.shape, &[lead, &[row, j]].concat())]
                    * y[offset(&b.shape, &[lead_b, &[j, column]].concat())]
            };
            (0..k).map(of).sum()
        };
        let out = positions(&shape).iter().map(product).collect();
        Naive::floats_of(self.dtype, shape, out)
    }

    /// `softmax` or `log_softmax` over the last axis.
    pub fn softmax(&self, log: bool) -> Naive {
        let n = self.shape.last().copied().unwrap_or(1).max(1);
        let mut x = self.floats();
        for row in x.chunks_mut(n) {
            let most = row.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            let total: f64 = row.iter().map(|x| (x - most).exp()).sum();
            let of = |x: f64| if log { x - most - total.ln() } else { (x - most).exp() / total };
            row.iter_mut().for_each(|x| *x = of(*x));
        }
        Naive::floats_of(self.dtype, self.shape.clone(), x)
    }

    /// The cross-entropy of the softmax of these logits against distributions.
    pub fn softmax_cross_entropy(&self, labels: &Naive) -> Naive {
        let (logs, labels) = (self.softmax(true).floats(), labels.floats());
        let shape = self.shape[..self.shape.len() - 1].to_vec();
        let n = self.shape[self.shape.len() - 1];
        let row = |i: usize| -(i * n..(i + 1) * n).map(|k| labels[k] * logs[k]).sum::<f64>();
        let out = (0..shape.iter().product()).map(row).collect();
        Naive::floats_of(self.dtype, shape, out)
    }
}

fn unary_float(name: &str, x: f64) -> f64 {
    match name {
        "negative" => -x,
        "abs" => x.abs(),
        "sign" => match x {
            x if x > 0.0 => 1.0,
            x if x < 0.0 => -1.0,
            x => x,
        },
        "square" => x * x,
        "reciprocal" => 1.0 / x,
        "sqrt" => x.sqrt(),
        "rsqrt" => 1.0 / x.sqrt(),
        "exp" => x.exp(),
        "expm1" => x.exp_m1(),
        "log" => x.ln(),
        "log1p" => x.ln_1p(),
        "sin" => x.sin(),
        "cos" => x.cos(),
        "tanh" => x.tanh(),
        "sigmoid" => 1.0 / (1.0 + (-x).exp()),
        "relu" => match x {
            x if x < 0.0 => 0.0,
            x => x,
        },
        "softplus" => x.max(0.0) + (-x.abs()).exp().ln_1p(),
        "erf" => erf(x),
        "floor" => x.floor(),
        "ceil" => x.ceil(),
        "round" => x.round_ties_even(),
        other => unreachable!("{other} of a float"),
    }
}

/// The error function: by its series near zero, by the continued fraction of its complement elsewhere.
fn erf(x: f64) -> f64 {
    if x.is_nan() || x.is_infinite() {
        return if x.is_nan() { x } else { x.signum() };
    }
    if x.abs() > 2.0 {
        let a = x.abs();
        let fraction = (1..=200).rev().fold(a, |below, k| a + f64::from(k) / 2.0 / below);
        return x.signum() * (1.0 - (-a * a).exp() / fraction / std::f64::consts::PI.sqrt());
    }
    let (mut term, mut sum) = (x, x);
    for n in 1..100 {
        term *= -x * x / f64::from(n);
        sum += term / f64::from(2 * n + 1);
    }
    sum * std::f64::consts::FRAC_2_SQRT_PI
}

fn unary_integer(name: &str, x: i64) -> i64 {
    match name {
        "negative" => x.wrapping_neg(),
        "abs" => x.wrapping_abs(),
        "sign" => x.signum(),
        "square" => x.wrapping_mul(x),
        "relu" => x.max(0),
        "logical_not" => i64::from(x == 0),
        other => unreachable!("{other} of an integer"),
    }
}

/// A comparison, if `name` is one.
fn compare(name: &str, x: f64, y: f64) -> Option<bool> {
    Some(match name {
        "equal" => x == y,
        "not_equal" => x != y,
        "less" => x < y,
        "less_equal" => x <= y,
        "greater" => x > y,
        "greater_equal" => x >= y,
        _ => return None,
    })
}

fn binary_float(name: &str, x: f64, y: f64) -> f64 {
    match name {
        "add" => x + y,
        "sub" => x - y,
        "mul" => x * y,
        "div" => x / y,
        "pow" => x.powf(y),
        "maximum" | "minimum" if x.is_nan() || y.is_nan() => f64::NAN,
        "maximum" => x.max(y),
        "minimum" => x.min(y),
        other => unreachable!("{other} of floats"),
    }
}

fn binary_integer(name: &str, x: i64, y: i64) -> i64 {
    match name {
        "add" => x.wrapping_add(y),
        "sub" => x.wrapping_sub(y),
        "mul" => x.wrapping_mul(y),
        "maximum" => x.max(y),
        "minimum" => x.min(y),
        "equal" => i64::from(x == y),
        "not_equal" => i64::from(x != y),
        "less" => i64::from(x < y),
        "less_equal" => i64::from(x <= y),
        "greater" => i64::from(x > y),
        "greater_equal" => i64::from(x >= y),
        "logical_and" => i64::from(x != 0 && y != 0),
        "logical_or" => i64::from(x != 0 || y != 0),
        other => unreachable!("{other} of integers"),
    }
}

fn fold_floats(name: &str, x: impl Iterator<Item = f64>) -> f64 {
    let x: Vec<f64> = x.collect();
    match name {
        "sum" => x.iter().sum(),
        "mean" => x.iter().sum::<f64>() / x.len() as f64,
        "prod" => x.iter().product(),
        "max" => x.iter().fold(f64::NEG_INFINITY, |a, &b| binary_float("maximum", a, b)),
        "min" => x.iter().fold(f64::INFINITY, |a, &b| binary_float("minimum", a, b)),
        other => unreachable!("{other} over floats"),
    }
}

fn fold_integers(name: &str, x: impl Iterator<Item = i64>) -> i64 {
    match name {
        "sum" => x.fold(0, i64::wrapping_add),
        "prod" => x.fold(1, i64::wrapping_mul),
        "max" => x.max().unwrap_or(i64::MIN),
        "min" => x.min().unwrap_or(i64::MAX),
        other => unreachable!("{other} over integers"),
    }
}
