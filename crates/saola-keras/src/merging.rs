//! Merging layers as functions of tensors: `add(&[a, b])` for `a.with(&b).apply(Add::new())`.

use saola_nn::IntoLayer;
use saola_nn::layers;

use crate::KerasTensor;

/// `layer` on all of `tensors`. Nothing at all gives an error when the model is made.
#[track_caller]
fn merge<T: AsRef<KerasTensor>>(tensors: &[T], layer: impl IntoLayer) -> KerasTensor {
    let mut all = tensors.iter().map(|t| t.as_ref().alone());
    match all.next() {
        Some(first) => all.fold(first, |all, tensor| all.with(tensor)).apply(layer),
        None => KerasTensor::of_nothing(layer),
    }
}

macro_rules! merging {
    ($($(#[$doc:meta])* $name:ident, $layer:expr;)*) => {$(
        $(#[$doc])*
        #[track_caller]
        pub fn $name<T: AsRef<KerasTensor>>(tensors: &[T]) -> KerasTensor {
            merge(tensors, $layer)
        }
    )*};
}
merging! {
    /// The sum of tensors; [`layers::Add`].
    ///
    /// ```
    /// use saola_keras::{Input, Model, merging};
    ///
    /// # fn main() -> saola_tensor::Result<()> {
    /// let (a, b) = (Input::new([3]), Input::new([3]));
    /// let model = Model::new([&a, &b], [&merging::add(&[&a, &b])])?;
    /// assert_eq!(model.output_names(), ["add"]);
    /// # Ok(())
    /// # }
    /// ```
    add, layers::Add::new();
    /// The mean of tensors; [`layers::Average`].
    average, layers::Average::new();
    /// The largest of tensors, element by element; [`layers::Maximum`].
    maximum, layers::Maximum::new();
    /// The smallest of tensors, element by element; [`layers::Minimum`].
    minimum, layers::Minimum::new();
    /// The product of tensors, element by element; [`layers::Multiply`].
    multiply, layers::Multiply::new();
    /// The first of two tensors less the second; [`layers::Subtract`].
    subtract, layers::Subtract::new();
}

/// Tensors one behind the other along `axis`; [`layers::Concatenate`].
#[track_caller]
pub fn concatenate<T: AsRef<KerasTensor>>(tensors: &[T], axis: isize) -> KerasTensor {
    merge(tensors, layers::Concatenate::new().axis(axis))
}

/// Products of two tensors, summed over an axis of each; [`layers::Dot`].
#[track_caller]
pub fn dot<T: AsRef<KerasTensor>>(tensors: &[T], axes: [isize; 2]) -> KerasTensor {
    merge(tensors, layers::Dot::new(axes))
}
