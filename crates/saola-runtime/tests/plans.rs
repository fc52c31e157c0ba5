//! What the passes make of a graph: plans as text.

use saola_graph::{
    Axes, Conv, DType, Dim, MaxPool, Random, Symbol, UpdateRule, Variable, assign, constant, gradients,
    group, in_phase, optimizer_step, placeholder, select, variable,
};
use saola_runtime::{Fetch, RunOptions, Session, feed};
use saola_tensor::{Result, Tensor};

fn x() -> Symbol {
    placeholder("x", DType::F32, [2, 3])
}

/// The plan for inference, with zeros fed to `x`.
fn plan(x: &Symbol, fetches: impl Fetch) -> Result<String> {
    plan_in(RunOptions::default(), x, fetches)
}

fn plan_in(options: RunOptions, x: &Symbol, fetches: impl Fetch) -> Result<String> {
    let shape = x.dims().known().unwrap_or([2, 3].into());
    Session::new()
        .plan(options, fetches, feed![x => Tensor::zeros(x.dtype(), shape)?])
        .map(|p| p.text().to_string())
}

/// Passes where the lines of `text` are `expected`.
#[track_caller]
fn assert_plan(text: &str, expected: &[&str]) {
    assert!(text.lines().eq(expected.iter().copied()), "got:\n{text}\nexpected:\n{}", expected.join("\n"));
}

#[test]
fn a_chain_is_one_program() -> Result<()> {
    let x = x();
    let bias = variable("b", [1.0f32, 2.0, 3.0]);
    let y = ((&x * 2.0 + &bias).tanh() - 1.0).square();
    assert_plan(&plan(&x, &y)?, &["%0 = fused {mul, add, tanh, sub, square}(feed0, @b) : f32[2, 3]"]);
    Ok(())
}

#[test]
fn branches_join_and_several_results_are_stored() -> Result<()> {
    let x = x();
    let a = x.exp();
    let (b, c) = (&a + 1.0, &a * 2.0);
    let y = &b * &c;
    assert_plan(&plan(&x, (&y, &b))?, &["%0, %1 = fused {exp, add, mul, mul}(feed0) : f32[2, 3]"]);
    Ok(())
}

#[test]
fn comparisons_and_selections_stay_in_registers() -> Result<()> {
    let x = x();
    let y = select(&x.greater(0.0), &x * 2.0, x.exp()).cast(DType::Bool).cast(DType::F32);
    assert_plan(&plan(&x, &y)?, &["%0 = fused {greater, mul, exp, select, cast, cast}(feed0) : f32[2, 3]"]);
    Ok(())
}

#[test]
fn nothing_is_fused_across_a_softmax() -> Result<()> {
    let x = x();
    let y = (&x * 2.0).softmax() + 1.0;
    let expected = [
        "%0 = fused {mul}(feed0) : f32[2, 3]",
        "%1 = softmax(%0) : f32[2, 3]",
        "%2 = fused {add}(%1) : f32[2, 3]",
    ];
    assert_plan(&plan(&x, &y)?, &expected);
    let a = &x * 2.0;
    let around = a.softmax() + &a;
    let expected = [
        "%0 = fused {mul}(feed0) : f32[2, 3]",
        "%1 = softmax(%0) : f32[2, 3]",
        "%2 = fused {add}(%1, %0) : f32[2, 3]",
    ];
    assert_plan(&plan(&x, &around)?, &expected);
    Ok(())
}

#[test]
fn other_types_and_lengths_are_other_programs() -> Result<()> {
    let x = x();
    let y = x.cast(DType::F64) * 2.0;
    let expected = ["%0 = cast(feed0) : f64[2, 3]", "%1 = fused {mul}(%0) : f64[2, 3]"];
    assert_plan(&plan(&x, &y)?, &expected);
    let z = x.exp() + x.sum_over(0).exp();
    let expected = [
        "%0 = sum(feed0) : f32[3]",
        "%1 = fused {exp}(%0) : f32[3]",
        "%2 = fused {exp, add}(feed0, %1) : f32[2, 3]",
    ];
    assert_plan(&plan(&x, &z)?, &expected);
    Ok(())
}

#[test]
fn an_operand_that_no_rule_reads_is_broadcast_first() -> Result<()> {
    let x = placeholder("x", DType::F32, [2, 3, 4]);
    let middle = variable("m", Tensor::zeros(DType::F32, [2, 1, 4])?);
    let column = variable("c", Tensor::zeros(DType::F32, [3, 1])?);
    let expected = ["%0 = broadcast(@m) : f32[2, 3, 4]", "%1 = fused {add}(feed0, %0) : f32[2, 3, 4]"];
    assert_plan(&plan(&x, &x + &middle)?, &expected);
    assert_plan(&plan(&x, &x + &column)?, &["%0 = fused {add}(feed0, @c) : f32[2, 3, 4]"]);
    Ok(())
}

#[test]
fn equal_computations_are_done_once() -> Result<()> {
    let x = x();
    let y = x.exp().sum_over(1) * x.exp().sum_over(1);
    let expected =
        ["%0 = fused {exp}(feed0) : f32[2, 3]", "%1 = sum(%0) : f32[2]", "%2 = fused {mul}(%1) : f32[2]"];
    assert_plan(&plan(&x, &y)?, &expected);
    let (a, b) = (Random::new([2]).normal(0.0, 1.0), Random::new([2]).normal(0.0, 1.0));
    assert_eq!(
        Session::new().plan(RunOptions::default(), (&a, &b), feed![])?.text().to_string().lines().count(),
        2
    );
    Ok(())
}

#[test]
fn numbers_are_worked_out_before() -> Result<()> {
    let x = x();
    let number = (constant(2.0f32) * 3.0 + 1.0) / 2.0;
    assert_plan(&plan(&x, &x * &number)?, &["%0 = fused {mul}(feed0) : f32[2, 3]"]);
    let ones = x.fill_like(1.0, DType::F32) * 5.0 - 4.0;
    assert_plan(&plan(&x, &x + &ones)?, &["%0 = fused {add}(feed0) : f32[2, 3]"]);
    assert_plan(&plan(&x, (&number, &ones))?, &[]);
    Ok(())
}

#[test]
fn views_cost_nothing() -> Result<()> {
    let x = x();
    let y = (x.reshape([6]).exp().reshape([3, 2]).expand_dims(0) * 2.0).squeeze(0);
    assert_plan(&plan(&x, &y)?, &["%0 = fused {exp, mul}(feed0) : f32[1, 3, 2]"]);
    assert_plan(&plan(&x, x.stop_gradient().reshape([3, 2]))?, &[]);
    Ok(())
}

#[test]
fn only_one_side_of_a_phase_is_planned() -> Result<()> {
    let x = x();
    let missing = placeholder("missing", DType::F32, [2, 3]);
    let y = in_phase(&x.softmax(), &x.exp()) + 1.0;
    assert_plan(&plan(&x, &y)?, &["%0 = fused {exp, add}(feed0) : f32[2, 3]"]);
    let training = ["%0 = softmax(feed0) : f32[2, 3]", "%1 = fused {add}(%0) : f32[2, 3]"];
    assert_plan(&plan_in(RunOptions::training(), &x, &y)?, &training);
    assert_plan(&plan(&x, in_phase(&missing, &x.exp()))?, &["%0 = fused {exp}(feed0) : f32[2, 3]"]);
    Ok(())
}

#[test]
fn the_way_back_through_a_phase_holds_its_side_alone() -> Result<()> {
    let x = x();
    let both = in_phase(&x.softmax(), &(&x * 2.0).log_softmax());
    let dx = &gradients([&(&both * &x).square().sum()], [&x])[0];
    let training = plan_in(RunOptions::training(), &x, dx)?;
    assert!(training.contains("softmax") && !training.contains("log_softmax"), "{training}");
    let inference = plan(&x, dx)?;
    assert!(inference.contains("log_softmax") && !inference.contains(" softmax"), "{inference}");
    // What comes by one side alone is zero in the other phase.
    let w = variable("w", [1.0f32, 2.0, 3.0]);
    let one = in_phase(&(&x * &w), &x).sum();
    let dw = &gradients([&one], [&w])[0];
    let session = Session::new();
    let fed = Tensor::from([[2.0f32; 3]; 2]);
    assert_eq!(session.run(dw, feed![&x => &fed])?.to_vec::<f32>()?, [0.0; 3]);
    assert_eq!(session.run_with(RunOptions::training(), dw, feed![&x => &fed])?.to_vec::<f32>()?, [4.0; 3]);
    Ok(())
}

#[test]
fn what_counts_for_its_shape_alone_is_not_computed() -> Result<()> {
    let x = x();
    let y = x.exp().softmax().zeros_like() + &x;
    assert_plan(&plan(&x, &y)?, &["%0 = fused {add}(feed0) : f32[2, 3]"]);
    Ok(())
}

#[test]
fn a_value_that_is_read_before_its_update_needs_no_copy() -> Result<()> {
    let x = x();
    let v = variable("v", Tensor::zeros(DType::F32, [2, 3])?);
    let update = v.assign_add(&x);
    let expected = ["%0 = fused {mul}(@v) : f32[2, 3]", "@v = assign_add(feed0) : f32[2, 3]"];
    assert_plan(&plan(&x, (&v * 2.0, &update))?, &expected);
    Ok(())
}

#[test]
fn a_value_that_is_needed_after_its_update_is_copied() -> Result<()> {
    let x = x();
    let v = variable("v", Tensor::zeros(DType::F32, [2, 3])?);
    let update = v.assign_add(&x);
    let expected = ["%0 = copy(@v) : f32[2, 3]", "@v = assign_add(feed0) : f32[2, 3]"];
    assert_plan(&plan(&x, (&v, &update))?, &expected);
    let difference = v.read([&update]) - &v;
    let expected = [
        "%0 = copy(@v) : f32[2, 3]",
        "@v = assign_add(feed0) : f32[2, 3]",
        "%1 = fused {sub}(@v, %0) : f32[2, 3]",
    ];
    assert_plan(&plan(&x, &difference)?, &expected);
    Ok(())
}

#[test]
fn a_swap_copies_one_of_two() -> Result<()> {
    let (a, b) = (variable("a", 1.0f32), variable("b", 2.0f32));
    let text = Session::new()
        .plan(RunOptions::default(), group([assign(&a, &b), assign(&b, &a)]), feed![])?
        .text()
        .to_string();
    assert_plan(&text, &["%0 = copy(@b) : f32[]", "@b = assign(@a) : f32[]", "@a = assign(%0) : f32[]"]);
    Ok(())
}

/// A dense layer's step of plain descent.
fn dense_step(
    x: &Symbol,
    w: &Symbol,
    rule: UpdateRule,
    slots: &[Symbol],
    hyper: &[Symbol],
) -> (Symbol, Symbol) {
    let loss = x.matmul(w).square().sum();
    let gradient = gradients([&loss], [w])[0].clone();
    (optimizer_step(rule, w, slots, &gradient, hyper).symbol().clone(), gradient)
}

#[test]
fn a_product_and_plain_descent_are_one_product() -> Result<()> {
    let x = x();
    let w = variable("w", Tensor::zeros(DType::F32, [3, 4])?);
    let (step, gradient) = dense_step(&x, &w, UpdateRule::Sgd, &[], &[constant(0.1f32)]);
    let text = plan(&x, group([&step]))?;
    let lines: Vec<&str> = text.lines().collect();
    assert!(lines.len() == 2 && lines[0].contains("= matmul then {"), "{text}");
    assert!(lines[1].starts_with("@w = update_product(feed0ᵀ, "), "{text}");
    // Somebody else wants the gradient: then it is made.
    let text = plan(&x, (&gradient, &group([&step])))?;
    assert!(text.contains("@w = optimizer_step(") && !text.contains("update_product"), "{text}");
    // Another rule needs the gradient by elements.
    let slot = Variable::new("m", Tensor::zeros(DType::F32, [3, 4])?).symbol();
    let hyper = [constant(0.1f32), constant(0.9f32)];
    let (step, _) = dense_step(&x, &w, UpdateRule::Momentum { nesterov: false }, &[slot], &hyper);
    let text = plan(&x, group([&step]))?;
    assert!(text.contains("@w, @m = optimizer_step(") && !text.contains("update_product"), "{text}");
    Ok(())
}

#[test]
fn what_reads_a_product_alone_is_its_epilogue() -> Result<()> {
    let x = x();
    let w = variable("w", Tensor::zeros(DType::F32, [3, 4])?);
    let b = variable("b", [0.0f32; 4]);
    let product = x.matmul(&w);
    let y = (&product + &b).relu();
    assert_plan(&plan(&x, &y)?, &["%0 = matmul then {add, relu}(feed0, @w, @b) : f32[2, 4]"]);
    // Somebody else wants the product.
    let both = plan(&x, (&y, &product))?;
    assert_plan(&both, &["%0 = matmul(feed0, @w) : f32[2, 4]", "%1 = fused {add, relu}(%0, @b) : f32[2, 4]"]);
    // The weights are updated after the product, as in training.
    let trained = plan(&x, (&y, &w.assign_add(&(&w * y.sum()))))?;
    assert!(trained.contains("matmul then {add, relu}(feed0, @w, @b)"), "{trained}");
    // The reader waits for an update of what the product reads: it cannot run that late.
    let update = w.assign_add(&w);
    let late = plan(&x, (product + &b).after([&update]).relu())?;
    assert!(late.contains("matmul(feed0, @w)") || late.contains("copy(@w)"), "{late}");
    Ok(())
}

#[test]
fn the_way_back_goes_in_the_order_of_the_graph() -> Result<()> {
    let x = x();
    let (a, b) = (
        variable("a", Tensor::zeros(DType::F32, [3, 4])?),
        variable("b", Tensor::zeros(DType::F32, [4, 2])?),
    );
    let loss = x.matmul(&a).relu().matmul(&b).square().sum();
    let rate = [constant(0.1f32)];
    let steps: Vec<_> = gradients([&loss], [&a, &b])
        .iter()
        .zip([&a, &b])
        .map(|(g, w)| optimizer_step(UpdateRule::Sgd, w, &[], g, &rate))
        .collect();
    // The rectifier's gate follows the product at once, though the update of `b` was ready before it.
    let text = plan(&x, group(&steps))?;
    assert!(text.contains("matmul then {relu_gradient}"), "{text}");
    Ok(())
}

#[test]
fn a_product_of_the_variable_itself_is_not_merged_into_its_update() -> Result<()> {
    let w = variable("w", Tensor::full(0.5f32, [2, 2])?);
    let x = placeholder("x", DType::F32, [2, 2]);
    let step = optimizer_step(UpdateRule::Sgd, &w, &[], &w.matmul(&x), &[constant(0.1f32)]);
    let text = plan(&x, &step)?;
    assert!(!text.contains("update_product"), "{text}");
    let session = Session::new();
    session.run(&step, feed![&x => Tensor::from([[1.0f32, 0.0], [0.0, 1.0]])])?;
    assert_eq!(session.value(&w)?, Tensor::full(0.5f32 - 0.1 * 0.5, [2, 2])?);
    Ok(())
}

#[test]
fn a_batch_of_another_size_is_planned_for_its_size() -> Result<()> {
    let x = placeholder("x", DType::F32, [Dim::Any, Dim::Known(3)]);
    let y = (&x + 1.0).mean_over(0);
    for n in [1usize, 5] {
        let fed = Tensor::zeros(DType::F32, [n, 3])?;
        let text = Session::new().plan(RunOptions::default(), &y, feed![&x => &fed])?.text().to_string();
        let mean = text.contains("mean(");
        assert!(text.contains(&format!("f32[{n}, 3]")) && mean == (n > 1), "{text}");
    }
    Ok(())
}

#[test]
fn a_mean_and_its_gradient_make_no_array_of_the_divisor() -> Result<()> {
    let x = placeholder("x", DType::F32, [Dim::Any, Dim::Known(3)]);
    let dx = &gradients([&x.square().mean()], [&x])[0];
    let fed = Tensor::zeros(DType::F32, [4, 3])?;
    let text = Session::new().plan(RunOptions::default(), dx, feed![&x => &fed])?.text().to_string();
    assert_eq!(text.lines().count(), 1, "{text}");
    Ok(())
}

#[test]
fn images_with_channels_second_are_turned_once() -> Result<()> {
    let x = placeholder("x", DType::F32, [2, 3, 8, 8]);
    let kernel = |name: &str, i: usize, o: usize| -> Result<Symbol> {
        Ok(variable(name, Tensor::zeros(DType::F32, [3, 3, i, o])?))
    };
    let (first, second) = (kernel("first", 3, 4)?, kernel("second", 4, 6)?);
    let bias = variable("bias", Tensor::zeros(DType::F32, [4, 1, 1])?);
    let conv = || Conv::new().channels_first();
    let y = (conv().call(&x, &first) + &bias).relu();
    let y = MaxPool::new([2, 2]).channels_first().call(&conv().call(&y, &second).relu());
    let loss = y.mean_over(Axes::from([2, 3])).square().sum();
    let turns = |text: &str| text.lines().filter(|l| l.contains("= transpose(")).count();
    let text = plan(&x, &loss)?;
    // The images as they come, and the sums over what the last layer gives.
    assert!(turns(&text) <= 2, "{text}");
    let step = gradients([&loss], [&first, &second]);
    let text = plan(&x, (&step[0], &step[1]))?;
    assert!(turns(&text) <= 3, "{text}");
    Ok(())
}
