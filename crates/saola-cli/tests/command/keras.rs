//! Models of Keras: shown, drawn, converted, and predicted with.

use saola_io::{read_npy, write_npy};
use saola_tensor::Tensor;
use saola_testkit::{Golden, Tolerance};

use crate::place::Place;

fn tensors(case: &str, key: &str) -> Vec<Tensor> {
    let golden = Golden::read("keras_file.json").unwrap();
    let items = golden.case(case).unwrap().get(key).unwrap();
    items.items().unwrap().iter().map(|e| e.tensor().unwrap()).collect()
}

/// A folder with the models that Keras wrote and their inputs.
fn place() -> Place {
    let place = Place::new();
    for name in ["keras_functional", "keras_sequential"] {
        std::fs::copy(Golden::path(&format!("{name}.keras")).unwrap(), place.path(&format!("{name}.keras")))
            .unwrap();
        for (i, x) in tensors(name, "inputs").iter().enumerate() {
            write_npy(place.path(&format!("{name}_{i}.npy")), x).unwrap();
        }
    }
    place
}

fn is_near(place: &Place, file: &str, wanted: &Tensor) {
    let got = read_npy(place.path(file)).unwrap();
    assert_eq!(got.shape(), wanted.shape());
    let tolerance = Tolerance::of(wanted.dtype());
    for (a, b) in got.to_vec::<f32>().unwrap().into_iter().zip(wanted.to_vec::<f32>().unwrap()) {
        assert!(tolerance.takes(a.into(), b.into()), "{file}: {a}, not {b}");
    }
}

#[test]
fn a_model_is_shown_and_drawn() {
    let place = place();
    let text = place.good("summary keras_functional.keras");
    assert!(text.contains("flatten_1 (Flatten)") && text.contains("Total params: 89"), "{text}");
    assert_eq!(place.good("plot keras_functional.keras m.svg"), "");
    let svg = place.read("m.svg");
    assert!(
        svg.starts_with("<svg") && svg.contains("concatenate (Concatenate)") && svg.contains("(None, 10)")
    );
    place.good("plot keras_sequential.keras m.dot --no-shapes --sideways");
    let dot = place.read("m.dot");
    assert!(dot.contains("rankdir=LR") && dot.contains("n0 -> n1;") && !dot.contains("None"), "{dot}");
    place.bad("plot keras_sequential.keras m.png", &["m.png", ".svg"]);
    place.bad("summary none.keras", &["none.keras"]);
}

#[test]
fn arrays_go_in_and_out() {
    let place = place();
    place.good("predict keras_sequential.keras --input keras_sequential_0.npy --output y.npy --batch-size 2");
    is_near(&place, "y.npy", &tensors("keras_sequential", "outputs")[0]);
    let wanted = tensors("keras_functional", "outputs");
    let inputs = "--input numbers=keras_functional_1.npy --input tokens=keras_functional_0.npy";
    place
        .good(&format!("predict keras_functional.keras {inputs} --output second=b.npy --output first=a.npy"));
    is_near(&place, "a.npy", &wanted[0]);
    is_near(&place, "b.npy", &wanted[1]);
    let model = "predict keras_functional.keras";
    place.bad(&format!("{model} --input tokens=keras_functional_0.npy --output a.npy"), &["`numbers`"]);
    place.bad(&format!("{model} {inputs} --output third=c.npy"), &["third=c.npy", "first, second"]);
    place.bad(&format!("{model} {inputs} --input x.npy --output c.npy"), &["tokens, numbers"]);
    place.bad(&format!("{model} {inputs}"), &["--output"]);
    place.bad(&format!("{model} {inputs} --output c.npy --keep"), &["--keep"]);
    place.bad(&format!("{model} --input tokens=no.npy --input numbers=no.npy --output c.npy"), &["no.npy"]);
}

#[test]
fn weights_go_through_every_format() {
    let place = place();
    let wanted = &tensors("keras_sequential", "outputs")[0];
    for (i, file) in ["w.weights.h5", "w.safetensors", "w.ckpt", "w.index"].iter().enumerate() {
        let text = place.good(&format!("convert keras_sequential.keras {file}"));
        assert!(text.contains(file), "{text}");
        let from = if *file == "w.ckpt" { "w.ckpt.index" } else { file };
        place.good(&format!("convert {from} again{i}.keras --model keras_sequential.keras"));
        place.good(&format!("predict again{i}.keras --input keras_sequential_0.npy --output y{i}.npy"));
        is_near(&place, &format!("y{i}.npy"), wanted);
    }
    place.good("convert keras_functional.keras served");
    assert!(
        place.path("served/saved_model.pb").exists()
            && place.path("served/variables/variables.index").exists()
    );
    place.bad("convert keras_functional.keras served", &["there already"]);
    place.bad("convert served x.keras", &["names no format"]);
    place.bad("convert w.safetensors x.keras", &["--model"]);
    place.bad("convert w.safetensors x.keras --model keras_functional.keras", &["missing", "unexpected"]);
    place.bad("convert keras_sequential.keras x.onnx", &["x.onnx", ".safetensors"]);
    place.bad("convert keras_sequential.keras x.ckpt --model keras_sequential.keras", &["--model"]);
}
