//! What goes wrong says where, what was expected, what was found and what to do, and damages nothing.

use crate::place::Place;

const TRAIN: &str = "train iris.csv --label species --model-dir m";

fn trained() -> (Place, String) {
    let place = Place::new();
    let text = place.iris();
    place.good(&format!("{TRAIN} --steps 20"));
    place.good(&format!("{TRAIN} --steps 20"));
    (place, text)
}

#[test]
fn files_that_are_not_there_or_no_tables() {
    let (place, _) = trained();
    for command in [
        "train nope.csv --label species --model-dir",
        "evaluate --input nope.csv",
        "predict --input nope.csv",
    ] {
        place.bad(&format!("{command} m"), &["reading `nope.csv`", "No such file"]);
    }
    place.bad("train m --label species --model-dir n", &["reading `m`", "name a file inside it"]);
    place.bad("predict m --input .", &["name a file inside it"]);
    place.write("ragged.csv", "a,b,y\n1,2,x\n1,2\n");
    place.bad(
        "train ragged.csv --label y --model-dir n",
        &["ragged.csv:3: expected 3 fields, found 2 fields", "help"],
    );
    place.write("empty.csv", "");
    place.bad("train empty.csv --label y --model-dir n", &["`empty.csv` is empty"]);
    assert!(!place.path("n").exists());
}

#[test]
fn columns_and_values_that_do_not_fit() {
    let (place, text) = trained();
    let lines: Vec<&str> = text.lines().collect();
    let change = |line: usize, to: &str| {
        let mut lines = lines.clone();
        lines[line - 1] = to;
        lines.join("\n")
    };
    place.write("wrong.csv", &change(5, "1,2,three,4,setosa"));
    let words = ["wrong.csv:5: column `petal_length` holds numbers", "found `three`", "correct the value"];
    for line in [
        "evaluate m --input wrong.csv",
        "predict m --input wrong.csv",
        "train wrong.csv --label species --model-dir m",
    ] {
        place.bad(line, &words);
    }
    place.write("label.csv", &change(7, "1,2,3,4,setsoa"));
    let words = ["label.csv:7: ", "`setsoa`", "setosa, versicolor, virginica", "did you mean `setosa`?"];
    place.bad("evaluate m --input label.csv", &words);
    place.bad("train label.csv --label species --model-dir m", &words);
    place.write("missing.csv", &change(7, "1,2,3,4,"));
    place.bad("evaluate m --input missing.csv", &["missing.csv:7: ", "`species` is missing"]);
    place
        .bad("train missing.csv --label species --model-dir n", &["missing.csv:7: ", "`species` is missing"]);
    place.write("narrow.csv", "sepal_length,sepal_width,petal_length\n1,2,3\n");
    place.bad(
        "predict m --input narrow.csv",
        &["`petal_width`", "sepal_length, sepal_width, petal_length", "help"],
    );
    place.write("unlabeled.csv", "sepal_length,sepal_width,petal_length,petal_width\n1,2,3,4\n");
    place.bad(
        "evaluate m --input unlabeled.csv",
        &["`species`", "sepal_length, sepal_width", "the label's column"],
    );
    place.bad("train iris.csv --label specis --model-dir n", &["`specis`", "did you mean `species`?"]);
    let shallow = "train iris.csv --label species --model-dir n --estimator linear";
    place.bad(&format!("{shallow} --hidden-units 8"), &["`linear` has no hidden layers", "--hidden-units"]);
    place.bad(&format!("{shallow} --dropout 0.5"), &["`linear` has no hidden layers", "--dropout"]);
    place.write("large.csv", "a,y\n1,x\n1e400,z\n");
    place.bad("train large.csv --label y --model-dir n", &["large.csv:3: column `a`", "too large: `1e400`"]);
    place.write("infinite.csv", &change(5, "1,2,-inf,4,setosa"));
    place.bad("predict m --input infinite.csv", &["infinite.csv:5: column `petal_length`", "`-inf`", "help"]);
    place.write("typed.csv", &change(5, "1,2,three,4,setosa"));
    let words =
        ["typed.csv:5: column `petal_length`", "expected a number", "`three`", "--words petal_length"];
    place.bad("train typed.csv --label species --model-dir n", &words);
    place.good("train typed.csv --label species --model-dir w --steps 5 --words petal_length");
    place.good("train typed.csv --label species --model-dir w --steps 5 --words petal_length");
    let words = ["--words", "`sepal_width` as numbers"];
    place.bad("train typed.csv --label species --model-dir w --words sepal_width", &words);
    place.write("one.csv", "a,y\n1,x\n2,x\n");
    place.bad("train one.csv --label y --model-dir n", &["the same in every row", "at least 2 classes"]);
    place.write("alone.csv", "y\na\nb\n");
    place.bad("train alone.csv --label y --model-dir n", &["no column to learn from"]);
    assert!(!place.path("n").exists());
}

#[test]
fn a_loss_that_is_not_a_number() {
    let (place, _) = trained();
    let wild = "train iris.csv --label species --model-dir n --optimizer sgd --learning-rate 1e30";
    place.fails(wild, &["the loss is NaN at step", "smaller --learning-rate"]);
    assert_eq!(place.names("n", ".tmp"), Vec::<std::path::PathBuf>::new());
    // Nothing was learned, so that other settings may begin anew in the same folder.
    let out = place
        .good("train iris.csv --label species --model-dir n --optimizer sgd --learning-rate 0.1 --steps 30");
    assert!(out.contains("learning rate 0.1"), "{out}");
}

#[test]
fn other_settings_than_the_folder_has() {
    let (place, _) = trained();
    let words =
        ["other settings", "m/saola.json", "--hidden-units", "expected 32,16, found 8", "--model-dir"];
    place.bad(&format!("{TRAIN} --hidden-units 8"), &words);
    let words = ["--optimizer", "expected adam, found sgd", "--seed", "expected 0, found 4"];
    place.bad(&format!("{TRAIN} --optimizer sgd --seed 4"), &words);
    let words = ["--label", "expected species, found sepal_width"];
    place.bad("train iris.csv --label sepal_width --model-dir m", &words);
    place.good(&format!("{TRAIN} --hidden-units 32,16 --optimizer adam --steps 5"));
}

#[test]
fn settings_that_were_changed_or_removed() {
    let (place, _) = trained();
    let settings = place.read("m/saola.json");
    place.write("m/saola.json", &settings.replacen("    16\n", "    17\n", 1));
    let words = ["another configuration", "hidden_units", "[32, 16] before, [32, 17] now", "help"];
    for line in [TRAIN, "evaluate m --input iris.csv", "predict m --input iris.csv"] {
        place.bad(line, &words);
    }
    place.write("m/saola.json", &settings.replace("\"adam\"", "\"sgd\""));
    place.bad(TRAIN, &["another model", "missing", "unexpected"]);
    for (from, to, word) in [
        ("\"format\": 1", "\"format\": 2", "format"),
        ("    16\n", "    1000000000000\n", "hidden_units"),
        ("\"batch_size\": 32", "\"batch_size\": 0", "batch_size"),
        ("\"seed\": 0", "\"sede\": 0", "sede"),
        ("{", "[", "line 2"),
    ] {
        place.write("m/saola.json", &settings.replacen(from, to, 1));
        place.bad(TRAIN, &["m/saola.json", word, "help"]);
        place.bad("predict m --input iris.csv", &["m/saola.json", word]);
    }
    std::fs::remove_file(place.path("m/saola.json")).unwrap();
    for line in [TRAIN, "evaluate m --input iris.csv", "predict m --input iris.csv"] {
        place.bad(line, &["has checkpoints", "saola.json", "help"]);
    }
}

#[test]
fn folders_that_are_no_models() {
    let (place, _) = trained();
    std::fs::create_dir(place.path("empty")).unwrap();
    place.bad("evaluate empty --input iris.csv", &["`empty` is not a model's folder", "saola.json"]);
    place.bad("predict nowhere --input iris.csv", &["no folder `nowhere`", "saola train"]);
    place.bad("evaluate iris.csv --input iris.csv", &["is a file, not a folder"]);
    place.bad("train iris.csv --label species --model-dir iris.csv", &["is a file, not a folder"]);
    std::fs::copy(place.path("m/saola.json"), place.path("empty/saola.json")).unwrap();
    place.bad("evaluate empty --input iris.csv", &["no checkpoint in `empty`", "train the model first"]);
}

#[test]
fn checkpoints_that_are_damaged() {
    let (place, _) = trained();
    let data = place.names("m", ".data-");
    assert_eq!(data.len(), 3);
    let whole = std::fs::read(&data[2]).unwrap();
    let mut flipped = whole.clone();
    flipped[10] ^= 1;
    std::fs::write(&data[2], &flipped).unwrap();
    for line in [TRAIN, "evaluate m --input iris.csv", "predict m --input iris.csv"] {
        place.bad(line, &["model.ckpt-40.data", "does not match its checksum", "earlier checkpoint"]);
    }
    // A checkpoint that was cut short: going on from the one before it is for the user to decide.
    std::fs::write(&data[2], &whole[..50]).unwrap();
    for line in [TRAIN, "evaluate m --input iris.csv", "predict m --input iris.csv"] {
        let before = "model_checkpoint_path: \"model.ckpt-20\"";
        place.bad(line, &["latest checkpoint", "model.ckpt-40", "ends before its tensors do", before]);
    }
    for path in &data {
        std::fs::write(path, &whole[..50]).unwrap();
    }
    for line in [TRAIN, "evaluate m --input iris.csv", "predict m --input iris.csv"] {
        place.bad(line, &["latest checkpoint", "ends before its tensors do", "to start afresh"]);
    }
    data.iter().for_each(|path| std::fs::remove_file(path).unwrap());
    for line in [TRAIN, "evaluate m --input iris.csv", "predict m --input iris.csv"] {
        place.bad(line, &["latest checkpoint", "damaged or gone", "restore its files"]);
    }
}

#[test]
fn outputs_that_cannot_be_written() {
    let (place, _) = trained();
    std::fs::create_dir(place.path("folder")).unwrap();
    place.bad(
        "predict m --input iris.csv --output no/such/out.csv",
        &["creating `no/such/out.csv`", "create the folder"],
    );
    place.bad("predict m --input iris.csv --output folder", &["creating `folder`", "folder"]);
    place.bad("predict m --input iris.csv --output iris.csv", &["both the input and the output"]);
    let full = std::fs::File::options().write(true).open("/dev/full").unwrap();
    for line in ["evaluate m --input iris.csv", "predict m --input iris.csv"] {
        let output = place.command(line).stdout(full.try_clone().unwrap()).output().unwrap();
        let text = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.code() == Some(1) && text.contains("No space left"), "{line}\n{text}");
    }
    place.write("file", "");
    place.bad("train iris.csv --label species --model-dir file/m", &["file/m"]);
}

#[test]
fn usage_errors_have_their_own_code() {
    let (place, _) = trained();
    for line in [
        "",
        "train",
        "train iris.csv --label species --model-dir m --steps 0",
        "train iris.csv --label species --model-dir m --steps 1 --epochs 1",
        "train iris.csv --label species --model-dir m --dropout 1",
        "predict m",
    ] {
        assert_eq!(place.run(line).code, Some(2), "saola {line}");
    }
}
