//! `parse_example`: features out of serialized examples, in an exported graph. Batches are parsed before they are fed,
//! as how long sequences are depends on what is in them.

use saola_data::{ExampleForm, ExampleSpec};
use saola_graph::tensorflow::Translation;
use saola_graph::{DType, Dim, Dims, Lowering, Operation, Spec, Symbol, Value};
use saola_tensor::{Error, Result, Shape, Tensor};

#[derive(Debug)]
struct ParseExample(ExampleSpec);

/// The features of `examples`, strings `[batch]`, by name.
pub(super) fn parse_example(examples: &Symbol, spec: &ExampleSpec) -> Vec<(String, Symbol)> {
    let parsed = Symbol::apply(ParseExample(spec.clone()), vec![examples.clone()]);
    spec.features().enumerate().map(|(i, (name, ..))| (name.to_string(), parsed.output_of_node(i))).collect()
}

impl Operation for ParseExample {
    fn name(&self) -> &'static str {
        "parse_example"
    }
    fn takes_strings(&self) -> bool {
        true
    }
    fn infer(&self, inputs: &[&Spec]) -> Result<Vec<Spec>> {
        let batch = inputs[0].dims.first().copied().unwrap_or(Dim::Any);
        let output = |(_, dtype, form): (&str, DType, &ExampleForm)| match form {
            ExampleForm::Fixed { shape, .. } => {
                let extents = shape.iter().map(|&n| Dim::Known(n));
                Spec::new(dtype, std::iter::once(batch).chain(extents).collect::<Dims>())
            }
            ExampleForm::Sequence { .. } => Spec::new(dtype, [batch, Dim::Any]),
        };
        Ok(self.0.features().map(output).collect())
    }
    fn no_gradient(&self) -> Option<&'static str> {
        Some("strings have none")
    }
    fn lower(&self, _inputs: &[Value], _outputs: &[Value]) -> Result<Lowering> {
        Err(Error::state("examples are parsed in exported graphs alone")
            .help("feed features, or parse them in the input function with `Dataset::parse_example`"))
    }
    fn translate(&self, to: &mut Translation<'_>) -> Result<Vec<String>> {
        let (mut sparse, mut dense) = (Vec::new(), Vec::new());
        for (i, (name, dtype, form)) in self.0.features().enumerate() {
            match form {
                ExampleForm::Sequence { fill } => sparse.push((i, name, dtype, fill.clone())),
                ExampleForm::Fixed { shape, default } => dense.push((i, name, dtype, shape, default.clone())),
            }
        }
        let names = |names: Vec<&str>| strings(names);
        let mut inputs = vec![to.input(0), to.constant(strings(Vec::new())?)];
        inputs.push(to.constant(names(sparse.iter().map(|s| s.1).collect())?));
        inputs.push(to.constant(names(dense.iter().map(|d| d.1).collect())?));
        inputs.push(to.constant(strings(Vec::new())?));
        for (_, _, dtype, shape, default) in &dense {
            inputs.push(to.constant(whole(*dtype, shape, default.as_ref())?));
        }
        let none = Vec::<DType>::new;
        let parsed = to.node(
            "ParseExampleV2",
            inputs,
            [
                ("Tdense", dense.iter().map(|d| d.2).collect::<Vec<_>>().into()),
                ("num_sparse", (sparse.len() as i64).into()),
                ("sparse_types", sparse.iter().map(|s| s.2).collect::<Vec<_>>().into()),
                ("ragged_value_types", none().into()),
                ("ragged_split_types", none().into()),
                ("dense_shapes", dense.iter().map(|d| Dims::from(d.3)).collect::<Vec<_>>().into()),
            ],
        );
        let output = |n: usize| format!("{}:{n}", parsed.trim_end_matches(":0"));
        let mut found = vec![String::new(); sparse.len() + dense.len()];
        let many = sparse.len();
        for (k, (i, _, dtype, fill)) in sparse.into_iter().enumerate() {
            let fill = match fill {
                Some(fill) => fill.reshape([])?,
                None => Tensor::zeros(dtype, [])?,
            };
            let fill = to.constant(fill);
            let inputs = [output(k), output(2 * many + k), output(many + k), fill];
            let of = [("T", dtype.into()), ("Tindices", DType::I64.into())];
            found[i] = to.node("SparseToDense", inputs, of);
        }
        for (k, (i, ..)) in dense.iter().enumerate() {
            found[*i] = output(3 * many + k);
        }
        Ok(found)
    }
}

fn strings(names: Vec<&str>) -> Result<Tensor> {
    let n = names.len();
    Tensor::from_strings(names.into_iter().map(str::as_bytes).collect(), [n])
}

/// The default of a feature as a value of its whole shape; nothing where an example must have the feature.
fn whole(dtype: DType, shape: &Shape, default: Option<&Tensor>) -> Result<Tensor> {
    let Some(default) = default else { return Tensor::zeros(dtype, [0]) };
    if default.len() == shape.elements() {
        return default.reshape(shape.clone());
    }
    let one = default.reshape([1])?;
    let all = vec![one; shape.elements()];
    Tensor::concat(&all)?.reshape(shape.clone())
}
