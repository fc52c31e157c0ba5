//! Graphs at the edges: empty axes, extents that are known late, values that are read in two ways.

use saola_graph::{DType, placeholder};
use saola_runtime::{Session, feed};
use saola_tensor::{Result, Tensor};

#[test]
fn an_operand_repeated_along_an_empty_axis() -> Result<()> {
    let x = placeholder("x", DType::F32, [3, 0]);
    let b = placeholder("b", DType::F32, [3, 1]);
    let fed = Tensor::zeros(DType::F32, [3, 0])?;
    let out = Session::new().run(&x + &b, feed![&x => &fed, &b => Tensor::from([[1.0f32], [2.0], [3.0]])])?;
    assert_eq!(&out.shape()[..], [3, 0]);
    Ok(())
}
