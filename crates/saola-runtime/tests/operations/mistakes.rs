//! What the shape and dtype rules refuse, and with which words.

use saola_graph::ops::trees::{Feature, Pruning, Settings};
use saola_graph::ops::vocabulary_lookup::Vocabulary;
use saola_graph::{
    AvgPool, BatchNorm, Combiner, Conv, ConvTranspose, DType, DepthwiseConv, Dim, Direction, ErrorKind,
    Excess, GroupNorm, LayerGrowth, LayerNorm, MatMul, MaxPool, PadMode, Padding, Random, Resize, Side, Span,
    Symbol, TreeArrays, Triangle, UpdateRule, Variable, arange, assign, categorical, concatenate, constant,
    cross_rows, einsum, eye, group, grow_layer, grow_tree, in_phase, linear_recurrence, linspace, meshgrid,
    optimizer_step, placeholder, segment_mean, segment_sum, select, shuffle, stack, string_join, tree_sample,
    tri, unsorted_segment_max, variable,
};
use saola_tensor::{Result, Tensor};

fn floats(dims: &[usize]) -> Symbol {
    placeholder("x", DType::F32, dims)
}

fn of(dtype: DType) -> Symbol {
    placeholder("other", dtype, [2, 3])
}

/// Passes where `symbol` carries an error of `kind` whose text has all of `words`, a source line of this file, and
/// something to do.
#[track_caller]
fn refused(symbol: Symbol, kind: ErrorKind, words: &[&str]) {
    let error =
        symbol.error().cloned().unwrap_or_else(|| saola_tensor::Error::internal("nothing was refused"));
    let text = error.to_string();
    assert!(error.kind() == kind, "{text}");
    assert!(!text.contains("saola-graph"), "a line of the library is no help: {text}");
    for word in words.iter().chain(&["mistakes.rs:", "help"]) {
        assert!(text.contains(word), "`{word}` is missing in: {text}");
    }
}

#[test]
fn elementwise() {
    let x = floats(&[2, 3]);
    refused(&x + floats(&[4]), ErrorKind::Shape, &["add: extents 3 and 4", "f32[2, 3]", "f32[4]"]);
    refused(&x * of(DType::F64), ErrorKind::DType, &["mul: the operands are f32 and f64", "cast"]);
    refused(of(DType::I32) / of(DType::I32), ErrorKind::DType, &["div: takes floats, not i32"]);
    refused(of(DType::I64).pow(2), ErrorKind::DType, &["pow: takes floats"]);
    refused(of(DType::I64).atan2(2), ErrorKind::DType, &["atan2: takes floats"]);
    refused(x.bitwise_and(&x), ErrorKind::DType, &["bitwise_and: takes integers, not f32", "cast(I64)"]);
    refused(
        of(DType::Bool).left_shift(of(DType::Bool)),
        ErrorKind::DType,
        &["left_shift: takes integers, not bool"],
    );
    refused(x.bitwise_not(), ErrorKind::DType, &["bitwise_not: takes integers, not f32"]);
    refused(x.logical_xor(&x), ErrorKind::DType, &["logical_xor: takes truth values"]);
    refused(of(DType::I32).is_nan(), ErrorKind::DType, &["is_nan: takes floats, not i32"]);
    refused(of(DType::I32).floor_div(0), ErrorKind::Value, &["integers are divided by zero", "i32[2, 3]"]);
    refused(of(DType::U8).remainder(0), ErrorKind::Value, &["integers are divided by zero"]);
    refused(x.lerp(of(DType::F64), 0.5), ErrorKind::DType, &["lerp: the operands are f64 and f32"]);
    refused(of(DType::Bool) + of(DType::Bool), ErrorKind::DType, &["add: takes numbers, not bool"]);
    refused(x.logical_and(&x), ErrorKind::DType, &["logical_and: takes truth values, not f32"]);
    refused(of(DType::I32).exp(), ErrorKind::DType, &["exp: takes floats, not i32"]);
    refused(of(DType::Bool).abs(), ErrorKind::DType, &["abs: takes numbers, not bool"]);
    refused(x.logical_not(), ErrorKind::DType, &["logical_not: takes truth values"]);
    refused(of(DType::Str).relu(), ErrorKind::DType, &["relu", "str"]);
    refused(select(&x, &x, &x), ErrorKind::DType, &["select: the condition is f32, not bool"]);
    let c = of(DType::Bool);
    refused(select(&c, &x, of(DType::I32)), ErrorKind::DType, &["the alternatives are f32 and i32"]);
    refused(select(&c, &x, floats(&[4])), ErrorKind::Shape, &["extents 3 and 4"]);
    refused(of(DType::Str).cast(DType::F32), ErrorKind::DType, &["cast: takes no strings"]);
    refused(
        of(DType::I32) + 0.5,
        ErrorKind::DType,
        &["the fraction 0.5 beside i32", "i32[2, 3]  `other`", "cast(F32)"],
    );
}

#[test]
fn embeddings() {
    let table = floats(&[5, 2]);
    let ids = placeholder("ids", DType::I64, [3, 4]);
    let look = |ids: &Symbol, weights: Option<&Symbol>| table.embedding_lookup(ids, weights, Combiner::Mean);
    refused(look(&floats(&[3, 4]), None), ErrorKind::DType, &["the indices are f32"]);
    let line = placeholder("line", DType::I64, [3]);
    refused(look(&line, None), ErrorKind::Shape, &["a table [5, 2] and ids [3]", "reshape"]);
    refused(look(&ids, Some(&floats(&[3, 5]))), ErrorKind::Shape, &["extents 4 and 5"]);
    let single = floats(&[3, 1]);
    let sums = table.embedding_lookup(&ids, Some(&single.cast(DType::F64)), Combiner::Sum);
    refused(sums, ErrorKind::Shape, &["weights f64[3, 4] for ids [3, 4] and a table of f32"]);
}

#[test]
fn texts() {
    let (x, words) = (floats(&[2]), placeholder("words", DType::Str, [2, 3]));
    let all = [
        x.string_lower(),
        x.string_upper_utf8(),
        x.string_strip(),
        x.string_standardize(),
        x.string_length(),
        x.string_hash_bucket(5),
    ];
    for symbol in all {
        refused(symbol, ErrorKind::DType, &["takes strings, not f32", "as_string"]);
    }
    refused(words.string_hash_bucket(0), ErrorKind::Value, &["string_hash_bucket: there are no buckets"]);
    refused(words.string_to_number(DType::U8), ErrorKind::DType, &["gives f32, f64, i32 or i64, not u8"]);
    refused(x.string_to_number(DType::F32), ErrorKind::DType, &["takes strings, not f32"]);
    let split = |s| words.string_split(s, 3, Excess::Cut).values;
    refused(split(Some("")), ErrorKind::Value, &["the separator is empty", "None"]);
    refused(
        words.string_split(None, 1 << 40, Excess::Cut).values,
        ErrorKind::Shape,
        &["too many", "1048576"],
    );
    refused(x.string_split(None, 3, Excess::Cut).number, ErrorKind::DType, &["takes strings"]);
    refused(x.as_string(), ErrorKind::DType, &["takes integers or truth values, not f32", "cast(I64)"]);
    refused(words.as_string(), ErrorKind::DType, &["takes no strings"]);
    refused(string_join([&words, &x], ""), ErrorKind::DType, &["takes strings, not f32"]);
    refused(string_join([], ""), ErrorKind::Value, &["there is nothing to join"]);
    let others = placeholder("others", DType::Str, [2, 4]);
    refused(string_join([&words, &others], ""), ErrorKind::Shape, &["parts of [2, 3] and [2, 4]", "scalars"]);
}

#[test]
fn reductions() {
    let x = floats(&[2, 3]);
    refused(x.sum_over(2), ErrorKind::Shape, &["sum: axis 2 does not exist in [2, 3]", "-2 to 1"]);
    refused(x.mean_over([0, 0]), ErrorKind::Shape, &["mean: an axis is named twice"]);
    refused(of(DType::I32).mean(), ErrorKind::DType, &["mean: takes floats, not i32"]);
    refused(of(DType::Bool).sum(), ErrorKind::DType, &["sum: takes numbers, not bool"]);
    refused(floats(&[0, 2]).max_over(0), ErrorKind::Shape, &["max: an empty axis"]);
    refused(floats(&[0, 2]).mean(), ErrorKind::Shape, &["mean: an empty axis of [0, 2] has no mean"]);
    refused(x.any(), ErrorKind::DType, &["any: takes truth values, not f32", "not_equal"]);
    refused(of(DType::Bool).all_over(2), ErrorKind::Shape, &["all: axis 2 does not exist"]);
    refused(x.cumsum(2), ErrorKind::Shape, &["cumsum: axis 2 does not exist"]);
    refused(of(DType::Bool).cumprod(0), ErrorKind::DType, &["cumprod: takes numbers, not bool"]);
    refused(
        linear_recurrence(&x, &floats(&[3, 2]), 0, false),
        ErrorKind::Shape,
        &["linear_recurrence: the factors"],
    );
    refused(x.logsumexp_over(3), ErrorKind::Shape, &["axis 3 does not exist"]);
    refused(of(DType::I32).variance(), ErrorKind::DType, &["variance: takes floats, not i32"]);
    refused(x.argmax(5), ErrorKind::Shape, &["argmax: axis 5 does not exist"]);
    refused(floats(&[2, 0]).argmin(1), ErrorKind::Shape, &["argmin: axis 1 of [2, 0] is empty"]);
    refused(of(DType::Bool).argmax(0), ErrorKind::DType, &["argmax: takes"]);
    refused(x.sum_like(&floats(&[2, 2, 3])), ErrorKind::Shape, &["sum_like", "was not broadcast"]);
}

#[test]
fn products() {
    let x = floats(&[2, 3]);
    refused(
        x.matmul(&floats(&[4, 5])),
        ErrorKind::Shape,
        &["matmul: inner dimensions are 3 and 4", "transposed"],
    );
    refused(x.matmul(&of(DType::F64)), ErrorKind::DType, &["matmul: takes two f32 or two f64", "f64"]);
    refused(x.matmul(&floats(&[3])), ErrorKind::Shape, &["takes matrices", "expand_dims"]);
    refused(floats(&[2, 2, 3]).matmul(&floats(&[4, 3, 2])), ErrorKind::Shape, &["leading axes of [2, 2, 3]"]);
    let turned = MatMul::new().transpose_a();
    refused(turned.call(&floats(&[2, 3, 2]), &floats(&[3, 3, 2])), ErrorKind::Shape, &["leading axes"]);
    refused(einsum("ij,jk->ik", [&x]), ErrorKind::Value, &["einsum: `ij,jk->ik`: 2 terms for 1 operands"]);
    refused(einsum("ij,jk->ik", [&x, &x]), ErrorKind::Shape, &["`j` is 3 and 2"]);
    refused(einsum("ijk", [&x]), ErrorKind::Shape, &["`ijk` names 3 axes of an operand of 2"]);
    refused(einsum("ij->jj", [&x]), ErrorKind::Value, &["names an axis twice"]);
    refused(einsum("ij->ik", [&x]), ErrorKind::Value, &["the result names `k`"]);
    refused(einsum("i1", [&x]), ErrorKind::Value, &["`1` is no letter"]);
    refused(einsum("ij,ij", [&x, &of(DType::F64)]), ErrorKind::DType, &["several dtypes"]);
    refused(floats(&[3]).band_part(0, 0), ErrorKind::Shape, &["band_part: takes matrices, not [3]"]);
    refused(x.diagonal(0, 1, 1), ErrorKind::Shape, &["diagonal: axis 1 is named twice"]);
    refused(floats(&[]).diag(0), ErrorKind::Shape, &["diag: a scalar is no diagonal"]);
}

#[test]
fn movements() {
    let x = floats(&[2, 3]);
    refused(x.reshape([4, 2]), ErrorKind::Shape, &["reshape: 6 elements do not fill [4, 2]"]);
    refused(x.reshape([Dim::Any, Dim::Any]), ErrorKind::Shape, &["[?, ?] leaves 2 extents open"]);
    refused(x.permute([0, 0]), ErrorKind::Shape, &["transpose: [0, 0] is no order of the axes of [2, 3]"]);
    refused(x.squeeze(0), ErrorKind::Shape, &["squeeze: axis 0 of [2, 3] is not 1"]);
    refused(x.expand_dims(4), ErrorKind::Shape, &["expand_dims: [2, 3] has no place 4", "-3 to 2"]);
    refused(x.slice(1, 2..5), ErrorKind::Shape, &["slice: range 2..5 along axis 1 of [2, 3]"]);
    refused(x.slice(2, ..), ErrorKind::Shape, &["slice: axis 2 does not exist"]);
    refused(x.broadcast_to([2, 4]), ErrorKind::Shape, &["broadcast_to: ", "[2, 3]"]);
    refused(x.broadcast_to([3]), ErrorKind::Shape, &["[2, 3] cannot be broadcast to [3]"]);
    refused(
        concatenate([&x, &floats(&[3, 2])], 0),
        ErrorKind::Shape,
        &["concatenate: parts are [2, 3] and [3, 2]", "axis 0 only"],
    );
    refused(concatenate([&x, &of(DType::I32)], 0), ErrorKind::DType, &["parts are f32 and i32"]);
    refused(x.gather(&x, 0), ErrorKind::DType, &["gather: the indices are f32, not integers"]);
    refused(x.gather(&of(DType::I64), 2), ErrorKind::Shape, &["gather: axis 2 does not exist"]);
    refused(x.one_hot(3, DType::F32), ErrorKind::DType, &["one_hot: the indices are f32"]);
    refused(of(DType::I32).one_hot(3, DType::Bool), ErrorKind::DType, &["one_hot: gives"]);
}

#[test]
fn places() {
    let x = floats(&[2, 3]);
    refused(x.pad([(1, 1)], PadMode::Reflect), ErrorKind::Shape, &["pad: 1 pairs of widths for [2, 3]"]);
    refused(x.pad([(2, 0), (0, 0)], PadMode::Reflect), ErrorKind::Shape, &["cannot mirror 2", "at most 1"]);
    refused(x.pad([(0, 3), (0, 0)], PadMode::Symmetric), ErrorKind::Shape, &["cannot mirror 3"]);
    refused(
        of(DType::I32).pad([(1, 1), (0, 0)], PadMode::Constant(0.5)),
        ErrorKind::Value,
        &["0.5 is no i32"],
    );
    refused(of(DType::Str).flip(0), ErrorKind::DType, &["flip: takes no strings"]);
    refused(x.repeat(2, 2), ErrorKind::Shape, &["repeat: axis 2 does not exist"]);
    refused(x.repeat(usize::MAX, 1), ErrorKind::Shape, &["leave the range of sizes"]);
    refused(x.tile([usize::MAX, 1]), ErrorKind::Shape, &["tile: ", "leave the range of sizes"]);
    refused(x.roll(1, -3), ErrorKind::Shape, &["roll: axis -3 does not exist"]);
    refused(x.flip([0, -2]), ErrorKind::Shape, &["flip: an axis is named twice"]);
    refused(x.strided_slice([Span::all().step(0)]), ErrorKind::Value, &["a step of 0"]);
    refused(x.strided_slice([Span::all(); 3]), ErrorKind::Shape, &["3 ranges for [2, 3]"]);
    refused(x.ensure_shape([2, 4]), ErrorKind::Shape, &["ensure_shape: [2, 3] is not [2, 4]"]);
    refused(
        of(DType::Bool).ensure_range(0.0, 1.0, "labels"),
        ErrorKind::DType,
        &["ensure_range: compares f32, f64 or i64, not bool"],
    );
    refused(x.split(2, 1)[0].clone(), ErrorKind::Shape, &["split: 3 elements are not 2 equal parts"]);
    refused(x.split(0, 1)[0].clone(), ErrorKind::Shape, &["0 equal parts"]);
    refused(x.split_sizes([1, 1], 1)[0].clone(), ErrorKind::Shape, &["parts of [1, 1] are not 3 elements"]);
    refused(x.split_sizes([1], 4)[0].clone(), ErrorKind::Shape, &["split: axis 4 does not exist"]);
    refused(
        stack([&x, &floats(&[3, 2])], 0),
        ErrorKind::Shape,
        &["stack: the parts are f32[2, 3] and f32[3, 2]"],
    );
    refused(stack([&x, &x], 5), ErrorKind::Shape, &["stack: [2, 3] has no place 5"]);
    refused(x.unstack(2)[0].clone(), ErrorKind::Shape, &["unstack: axis 2 does not exist"]);
    refused(arange(0.0, 1.0, 0.0, DType::F32), ErrorKind::Value, &["never ends"]);
    refused(arange(0.0, 1.0, 0.5, DType::I32), ErrorKind::Value, &["not all whole numbers"]);
    refused(arange(0.0, 1e18, 1.0, DType::F32), ErrorKind::Value, &["more than the memory holds"]);
    refused(linspace(0.0, 1.0, usize::MAX, DType::F32), ErrorKind::Value, &["more than the memory holds"]);
    refused(tri(1 << 40, 1 << 22, 0, DType::F32), ErrorKind::Value, &["more than the memory holds"]);
    refused(linspace(0.0, 1.0, 3, DType::I32), ErrorKind::DType, &["linspace: gives floats"]);
    refused(eye(usize::MAX, 2, 0, DType::F32), ErrorKind::Shape, &["eye: "]);
    refused(meshgrid([&x])[0].clone(), ErrorKind::Shape, &["meshgrid: f32[2, 3] is no vector"]);
}

#[test]
fn equations() {
    let (x, square) = (floats(&[2, 3]), floats(&[4, 3, 3]));
    refused(x.cholesky(), ErrorKind::Shape, &["cholesky: takes square matrices, not [2, 3]"]);
    refused(floats(&[3]).det(), ErrorKind::Shape, &["det: takes square matrices"]);
    refused(of(DType::I32).inverse(), ErrorKind::DType, &["inverse: takes f32 or f64, not i32"]);
    refused(
        square.solve(&floats(&[4, 2, 3])),
        ErrorKind::Shape,
        &["right sides [4, 2, 3] for matrices [4, 3, 3]"],
    );
    refused(square.solve(&floats(&[5, 3, 2])), ErrorKind::Shape, &["solve: right sides"]);
    let other = placeholder("other", DType::F64, [4, 3, 2]);
    let solved = square.triangular_solve(&other, Triangle::Lower, false);
    refused(solved, ErrorKind::DType, &["the matrices are f32 and the right sides f64"]);
    refused(floats(&[3]).qr().1, ErrorKind::Shape, &["qr: takes matrices, not [3]"]);
}

#[test]
fn images() {
    let to = Resize::new(4, 4);
    refused(to.call(&floats(&[2, 3])), ErrorKind::Shape, &["resize: takes images, not [2, 3]"]);
    refused(
        to.call(&floats(&[2, 0, 3, 1])),
        ErrorKind::Shape,
        &["resize: images of [2, 0, 3, 1] have no pixels"],
    );
    let bytes = placeholder("bytes", DType::U8, [2, 2, 3]);
    refused(to.call(&bytes), ErrorKind::DType, &["resize: takes f32 or f64, not u8"]);
    assert!(to.nearest().call(&bytes).error().is_none());
}

#[test]
fn order() {
    let (x, ids) = (floats(&[2, 3]), placeholder("ids", DType::I32, [2]));
    refused(x.sort(2, Direction::Ascending), ErrorKind::Shape, &["sort: axis 2 does not exist"]);
    refused(floats(&[]).sort(0, Direction::Ascending), ErrorKind::Shape, &["sort: axis 0"]);
    refused(of(DType::Bool).argsort(0, Direction::Ascending), ErrorKind::DType, &["sort: takes numbers"]);
    refused(x.top_k(4).1, ErrorKind::Shape, &["top_k: 4 of 3 elements are asked for"]);
    refused(of(DType::Str).unique().number, ErrorKind::DType, &["unique: takes no strings"]);
    refused(x.searchsorted(&floats(&[3, 3]), Side::Left), ErrorKind::Shape, &["values [3, 3] for sequences"]);
    refused(x.searchsorted(&ids, Side::Left), ErrorKind::DType, &["the sequence is f32 and the values i32"]);
    refused(x.bincount(3), ErrorKind::DType, &["bincount: the indices are f32"]);
    refused(ids.bincount_weighted(&x, 3), ErrorKind::Shape, &["weights are [2, 3] for numbers [2]"]);
    refused(segment_sum(&x, &x, 3), ErrorKind::DType, &["segment_sum: the indices are f32"]);
    refused(segment_mean(&floats(&[3]), &ids, 3), ErrorKind::Shape, &["segment_sum: ids [2] for data [3]"]);
    let half = of(DType::F16);
    refused(unsorted_segment_max(&half, &ids, 3), ErrorKind::DType, &["computed in f32 or f64, not f16"]);
}

#[test]
fn lookups() {
    let x = floats(&[4, 5, 6]);
    let index = |dims: &[usize]| placeholder("places", DType::I64, dims);
    refused(
        x.gather_nd(&index(&[2, 4])),
        ErrorKind::Shape,
        &["gather_nd: indices [2, 4] are no coordinates"],
    );
    refused(x.gather_nd(&floats(&[2, 1])), ErrorKind::DType, &["the indices are f32, not integers"]);
    refused(x.gather_nd_batched(&index(&[3, 1]), 1), ErrorKind::Shape, &["do not share 1 leading axes"]);
    refused(x.take_along_axis(&index(&[4, 2, 5]), 1), ErrorKind::Shape, &["indices [4, 2, 5] do not fit"]);
    refused(
        x.gather_batched(&index(&[4, 2]), 0, 1),
        ErrorKind::Shape,
        &["axis 0 is one of the 1 batch axes"],
    );
    let update = |dims: &[usize]| x.scatter_update(&index(&[2, 1]), &floats(dims));
    refused(update(&[2, 5]), ErrorKind::Shape, &["updates are [2, 5] where [2, 5, 6] are expected"]);
    let other = of(DType::F64);
    refused(
        x.scatter_add(&index(&[2, 1]), &other),
        ErrorKind::DType,
        &["the value is f32 and the updates f64"],
    );
    let truth = of(DType::Bool);
    refused(
        truth.scatter_add(&index(&[1, 2]), &truth),
        ErrorKind::DType,
        &["scatter_add: takes numbers, not bool"],
    );
}

#[test]
fn classes() -> Result<()> {
    let x = floats(&[2, 3]);
    refused(of(DType::I32).softmax(), ErrorKind::DType, &["softmax: takes f32 or f64, not i32"]);
    refused(floats(&[]).log_softmax(), ErrorKind::Shape, &["log_softmax: takes at least one axis"]);
    refused(
        x.softmax_cross_entropy(&of(DType::I64)),
        ErrorKind::DType,
        &["the labels are i64, not f32", "sparse_softmax"],
    );
    refused(
        x.softmax_cross_entropy(&floats(&[2])),
        ErrorKind::Shape,
        &["labels [2] do not fit logits [2, 3]"],
    );
    let numbers = placeholder("classes", DType::I32, [3]);
    refused(
        x.sparse_softmax_cross_entropy(&numbers),
        ErrorKind::Shape,
        &["labels [3] do not fit", "[2] are expected"],
    );
    refused(x.sparse_softmax_cross_entropy(&x), ErrorKind::DType, &["the labels are f32, not i64"]);
    refused(x.lookup(&Vocabulary::new(["a"])?), ErrorKind::DType, &["vocabulary_lookup: the values are f32"]);
    Ok(())
}

#[test]
fn variables_and_effects() {
    let v = variable("v", [1.0f32, 2.0]);
    refused(assign(&v, &floats(&[3])), ErrorKind::Shape, &["assign: the variable is [2] and the value [3]"]);
    refused(
        v.assign_add(&of(DType::F64)),
        ErrorKind::DType,
        &["assign_add: the variable is f32 and the value f64"],
    );
    refused(floats(&[2]).assign_add(&v), ErrorKind::Value, &["`x` (placeholder) is no variable"]);
    refused(floats(&[2]).read([&v]), ErrorKind::Value, &["no variable", "variable(..)"]);
    refused(
        Variable::new("w", floats(&[2]).reshape([Dim::Any, Dim::Any])).symbol(),
        ErrorKind::Shape,
        &["reshape"],
    );
    let open = placeholder("open", DType::F32, [Dim::Any]);
    refused(variable("w", &open), ErrorKind::Shape, &["the initial value of `w` is f32[?]"]);
    let rate = constant(0.1f32);
    let step = |g: &Symbol, h: &[Symbol]| optimizer_step(UpdateRule::Sgd, &v, &[], g, h).symbol().clone();
    refused(
        step(&floats(&[3]), std::slice::from_ref(&rate)),
        ErrorKind::Shape,
        &["the gradient is f32[3], the variable f32[2]"],
    );
    refused(step(&v, &[]), ErrorKind::Value, &["Sgd takes 1 scalars of f32"]);
    let slot = variable("slot", 0.0f32);
    let momentum =
        optimizer_step(UpdateRule::Momentum { nesterov: false }, &v, &[slot], &v, &[rate.clone(), rate]);
    refused(momentum.symbol().clone(), ErrorKind::Shape, &["a slot is f32[], the variable f32[2]"]);
    let bad = floats(&[2]) + floats(&[3]);
    refused(group([&v, &bad]).symbol().clone(), ErrorKind::Shape, &["add: extents 2 and 3"]);
}

#[test]
fn phases_and_random_numbers() {
    let x = floats(&[2, 3]);
    refused(
        in_phase(&x, &floats(&[3, 2])),
        ErrorKind::Shape,
        &["in_phase: the sides are f32[2, 3] and f32[3, 2]"],
    );
    refused(in_phase(&x, &of(DType::F64)), ErrorKind::Shape, &["the sides are"]);
    refused(Random::new([Dim::Any]).normal(0.0, 1.0), ErrorKind::Shape, &["cannot draw", "Random::like"]);
    refused(
        Random::new([2]).dtype(DType::I32).uniform(0.0, 1.0),
        ErrorKind::DType,
        &["gives f32 or f64, not i32"],
    );
    refused(
        Random::new([2]).dtype(DType::F32).randint(0, 2),
        ErrorKind::DType,
        &["gives i32, i64 or u8, not f32"],
    );
    refused(Random::new([2]).randint(2, 2), ErrorKind::Value, &["2..2 are no numbers of i64"]);
    refused(
        Random::new([2]).dtype(DType::U8).randint(0, 257),
        ErrorKind::Value,
        &["0..257 are no numbers of u8"],
    );
    refused(Random::new([2]).gamma(0.0), ErrorKind::Value, &["Gamma(0.0) is no distribution"]);
    refused(Random::new([2]).beta(1.0, f64::NAN), ErrorKind::Value, &["is no distribution", "above 0"]);
    refused(Random::new([2]).binomial(3, 1.5), ErrorKind::Value, &["is no distribution", "from 0 to 1"]);
    refused(Random::new([2]).dtype(DType::I32).gamma(1.0), ErrorKind::DType, &["gives f32 or f64, not i32"]);
    refused(Random::new([2]).bernoulli(1.5), ErrorKind::Value, &["bernoulli: 1.5 is no probability"]);
    refused(
        categorical(&of(DType::I32), 2, None),
        ErrorKind::DType,
        &["categorical: takes f32 or f64, not i32"],
    );
    refused(categorical(&floats(&[2, 0]), 2, None), ErrorKind::Shape, &["there are no classes"]);
    refused(shuffle(&floats(&[]), None), ErrorKind::Shape, &["random_permutation: a scalar has no rows"]);
    refused(Random::new([2]).normal(f64::NAN, 1.0), ErrorKind::Value, &["NaN"]);
    refused(Random::new([2]).uniform(1.0, 0.0), ErrorKind::Value, &["no numbers from 1 to 0"]);
    refused(Random::new([2]).normal(0.0, -1.0), ErrorKind::Value, &["-1 is no standard deviation"]);
    refused(Random::new([2]).truncated_normal(0.0, -0.5), ErrorKind::Value, &["-0.5 is no standard"]);
}

#[test]
fn convolutions() {
    let (x, k) = (floats(&[2, 5, 6, 3]), floats(&[3, 3, 3, 4]));
    let conv = Conv::new;
    refused(
        conv().call(&floats(&[2, 5, 3]), &k),
        ErrorKind::Shape,
        &["conv: the input is [2, 5, 3]", "[3, 3, 3, 4]"],
    );
    refused(
        conv().call(&x, &floats(&[3, 3, 2, 4])),
        ErrorKind::Shape,
        &["the input has 3 channels, the kernel takes 2", "channels_first"],
    );
    refused(conv().groups(2).call(&x, &k), ErrorKind::Shape, &["the kernel takes 6 in 2 groups"]);
    refused(conv().groups(0).call(&x, &k), ErrorKind::Value, &["0 groups"]);
    refused(conv().groups(3).call(&x, &floats(&[3, 3, 1, 4])), ErrorKind::Shape, &["4 outputs in 3 groups"]);
    refused(conv().strides(0).call(&x, &k), ErrorKind::Value, &["strides of 0"]);
    refused(conv().strides([1, 2, 3]).call(&x, &k), ErrorKind::Value, &["3 strides for 2 spatial axes"]);
    refused(conv().dilations(3).call(&x, &k), ErrorKind::Shape, &["reaches over 7", "an extent of 5"]);
    refused(conv().dilations(1 << 31).call(&x, &k), ErrorKind::Value, &["a window of 3 with a dilation"]);
    refused(
        conv().padding(Padding::Causal).call(&x, &k),
        ErrorKind::Value,
        &["causal padding of 2 spatial axes"],
    );
    let explicit = Padding::Explicit(vec![(1, 1)]);
    refused(conv().padding(explicit).call(&x, &k), ErrorKind::Value, &["1 paddings for 2 spatial axes"]);
    refused(conv().call(&x, &floats(&[0, 3, 3, 4])), ErrorKind::Shape, &["a window of extent 0"]);
    refused(
        conv().call_with_bias(&x, &k, &floats(&[3])),
        ErrorKind::Shape,
        &["the bias is [3] for 4 channels"],
    );
    refused(conv().call(&of(DType::I32), &k), ErrorKind::DType, &["takes f32 or f64, not i32"]);
    let wide = placeholder("k", DType::F64, [3, 3, 3, 4]);
    refused(conv().call(&x, &wide), ErrorKind::DType, &["the input is f32, another operand f64"]);
    refused(
        DepthwiseConv::new().call(&x, &floats(&[3, 3, 2, 1])),
        ErrorKind::Shape,
        &["depthwise_conv: the input has 3"],
    );
    let back = ConvTranspose::new;
    refused(
        back().call(&x, &k),
        ErrorKind::Shape,
        &["conv_transpose: the input has 3 channels, the kernel takes 4"],
    );
    let k = floats(&[3, 3, 4, 3]);
    refused(
        back().padding(Padding::Causal).call(&floats(&[2, 5, 3]), &floats(&[3, 4, 3])),
        ErrorKind::Value,
        &["causal"],
    );
    refused(back().strides(2).output_padding(2).call(&x, &k), ErrorKind::Value, &["an output padding of 2"]);
}

#[test]
fn poolings_and_normalizations() {
    let x = floats(&[2, 5, 6, 4]);
    refused(
        MaxPool::new(7).call(&x),
        ErrorKind::Shape,
        &["max_pool: a window that reaches over 7", "an extent of 5"],
    );
    refused(AvgPool::new([2, 2, 2]).call(&x), ErrorKind::Value, &["avg_pool: a window of 3 axes for 2"]);
    refused(AvgPool::new(2).call(&of(DType::F32)), ErrorKind::Shape, &["the input is [2, 3]"]);
    refused(MaxPool::new(0).strides(1).call(&x), ErrorKind::Shape, &["a window of extent 0"]);
    let normal = BatchNorm::new().call(&x, Some(&floats(&[3])), None);
    refused(normal.result, ErrorKind::Shape, &["batch_norm: scale or shift is f32[3], not f32[4]"]);
    refused(BatchNorm::new().epsilon(-1.0).call(&x, None, None).mean, ErrorKind::Value, &["epsilon is -1"]);
    refused(LayerNorm::new().last_axes(5).call(&x, None, None), ErrorKind::Shape, &["rows of 5 axes"]);
    refused(GroupNorm::new(3).call(&x, None, None), ErrorKind::Value, &["3 groups of 4 channels"]);
    refused(of(DType::I64).rms_norm(None, 1e-6), ErrorKind::DType, &["rms_norm: takes f32 or f64"]);
}

#[test]
fn extents_beyond_any_number_are_errors() {
    let x = constant([1.0f32, 2.0]);
    let nothing = x.slice(0, 0..0);
    let huge = [1usize << 40, 1 << 40];
    for symbol in [
        x.split(1 << 33, 0).remove(0),
        nothing.split(1 << 33, 0).remove(0),
        x.reshape([huge[0], huge[1]]),
        x.slice(0, 1..=usize::MAX),
    ] {
        assert!(symbol.error().is_some_and(|e| e.help_text().is_some()), "{symbol:?}");
    }
    // An extent of 0 leaves nothing to hold, but extents are still counted.
    assert!(nothing.reshape([huge[0], 0]).error().is_none());
    assert!(nothing.reshape([huge[0], huge[1], 0]).error().is_some());
}

#[test]
fn integers_that_must_be_the_same() -> Result<()> {
    let x = of(DType::I64);
    refused(floats(&[2]).assert_equal(&x, "sizes"), ErrorKind::DType, &["compares integers, not f32"]);
    let narrow = placeholder("narrow", DType::I64, [2]);
    refused(x.assert_equal(&narrow, "sizes"), ErrorKind::Shape, &["sizes: [2, 3] and [2]"]);
    let (a, b) = (constant(Tensor::from([1i64, 2])), constant(Tensor::from([1i64, 3])));
    let found = saola_runtime::Session::new().run(&a.assert_equal(&b, "sizes"), saola_runtime::Feeds::new());
    let text = found.map_or_else(|e| e.to_string(), |_| String::new());
    assert!(text.contains("sizes: 2 and 3 in place 1"), "{text}");
    Ok(())
}

#[test]
fn combinations_of_rows() {
    let words = placeholder("words", DType::Str, [2, 3]);
    let there = words.fill_like(1.0, DType::Bool);
    let part = (words.clone(), there.clone());
    refused(cross_rows(&[], 5, None), ErrorKind::Value, &["cross_rows: there is nothing to combine"]);
    refused(cross_rows(std::slice::from_ref(&part), 0, None), ErrorKind::Value, &["there are no buckets"]);
    refused(
        cross_rows(&[(floats(&[2, 3]), there.clone())], 5, None),
        ErrorKind::DType,
        &["takes strings and integers, not f32"],
    );
    refused(cross_rows(&[(words.clone(), words.clone())], 5, None), ErrorKind::DType, &["str, not bool"]);
    let narrow = placeholder("words", DType::Str, [2]);
    refused(cross_rows(&[(narrow, there.clone())], 5, None), ErrorKind::Shape, &["values [2]"]);
    let other = placeholder("words", DType::Str, [4, 3]);
    let there_too = other.fill_like(1.0, DType::Bool);
    refused(
        cross_rows(&[part, (other, there_too)], 5, None),
        ErrorKind::Shape,
        &["values [4, 3]", "for 2 rows"],
    );
    let wide = placeholder("wide", DType::I64, [1, 1 << 43]);
    let wide = (wide.clone(), wide.fill_like(1.0, DType::Bool));
    refused(cross_rows(&[wide.clone(), wide], 5, None), ErrorKind::Shape, &["more combinations"]);
}

#[test]
fn what_is_made_of_others_is_called_by_its_own_name() {
    let (x, ids) = (placeholder("x", DType::F32, [2, 3]), placeholder("ids", DType::I32, [2, 3]));
    let here = file!();
    refused(x.logsumexp_over(5), ErrorKind::Shape, &["logsumexp: ", here]);
    refused(ids.std_over(0), ErrorKind::DType, &["std: ", here]);
    refused(x.split(3, 0)[0].clone(), ErrorKind::Shape, &["split: ", here]);
    refused(einsum("ab,ab->c", [&x, &x]), ErrorKind::Value, &["einsum: ", here]);
    refused(
        saola_graph::scatter(&ids, &x, [4, 4]),
        ErrorKind::Shape,
        &["scatter: indices [2, 3] are no coordinates in [4, 4]", here],
    );
    let quotient = ids.floor_div(&ids);
    let zeros = Tensor::zeros(DType::I32, [2, 3]).expect("zeros");
    let error = saola_runtime::Session::new().run(&quotient, saola_runtime::feed![&ids => &zeros]);
    let text = error.expect_err("a division by zero").to_string();
    assert!(text.starts_with("floor_div: an integer is divided by the zero"), "{text}");
}

/// Trees of so many nodes, with rules of a dtype.
fn tree_arrays(nodes: usize, dtype: DType) -> TreeArrays {
    let array = |name: &str, dtype: DType| {
        Variable::new(name, Tensor::zeros(dtype, [4, 1, nodes]).unwrap_or(Tensor::scalar(0.0f32))).symbol()
    };
    TreeArrays {
        feature: array("feature", DType::I32),
        rule: array("rule", dtype),
        value: array("value", DType::F32),
        gain: array("gain", DType::F32),
        progress: variable("progress", vec![0i64; 3]),
    }
}

#[test]
fn trees() {
    let (x, trees) = (floats(&[5, 2]), tree_arrays);
    let text = &["tree_bins: boundaries are f32[2, 9], not f32[2, 254]"];
    refused(x.tree_bins(&floats(&[2, 9])), ErrorKind::Shape, text);
    refused(of(DType::F64).tree_boundaries(), ErrorKind::Shape, &["tree_boundaries: values are f64[2, 3]"]);
    let taken = tree_sample(&x, &variable("seen", 0i64), &x, &constant(true));
    refused(taken.symbol().clone(), ErrorKind::Value, &["is no variable"]);
    let bins = x.cast(DType::U8);
    let text = &["tree_logits: bins are f32[5, 2], not u8"];
    refused(x.tree_logits(&trees(7, DType::I32), true), ErrorKind::Shape, text);
    let text = &["trees of 1 outputs and 6 nodes"];
    refused(bins.tree_logits(&trees(6, DType::I32), true), ErrorKind::Shape, text);
    let text = &["trees are i64[4, 1, 7], not [trees, outputs, nodes]"];
    refused(bins.tree_contributions(&trees(7, DType::I64)), ErrorKind::Shape, text);
}

#[test]
fn growing_trees() {
    let settings = Settings {
        learning_rate: 0.1,
        l1: 0.0,
        l2: 0.0,
        complexity: 0.0,
        least: 0.0,
        pruning: Pruning::None,
    };
    let (trees, g, truth) = (tree_arrays(7, DType::I32), floats(&[5, 1]), constant(true));
    let logits = Variable::new("logits", Tensor::from([[0.0f32]; 5])).symbol();
    let grow = |bins: &Symbol, feature: Feature| {
        grow_tree(&trees, &logits, bins, (&g, &g), &truth, &[feature; 2], settings).symbol().clone()
    };
    let feature = |bins: usize| Feature { bins, equal: false };
    let bins = floats(&[5, 2]).cast(DType::U8);
    refused(
        grow(&bins, feature(256)),
        ErrorKind::Value,
        &["grow_tree: a feature has 256 bins", "one to 255"],
    );
    refused(grow(&bins.cast(DType::I64), feature(9)), ErrorKind::Shape, &["bins are i64[5, 2]"]);
    let growth = LayerGrowth { features: vec![feature(9); 2], settings, batches: 0, by_layer: true };
    let sums = Variable::new("sums", Tensor::from([[0.0f64; 80]])).symbol();
    let layer =
        |growth: LayerGrowth| grow_layer(&trees, &sums, &bins, (&g, &g), &truth, growth).symbol().clone();
    refused(layer(growth.clone()), ErrorKind::Value, &["grow_layer: a layer of no batches"]);
    let other = LayerGrowth { features: vec![feature(8); 2], batches: 1, ..growth };
    refused(layer(other), ErrorKind::Shape, &["sums are f64[1, 80], not f64[1, 72]"]);
}
