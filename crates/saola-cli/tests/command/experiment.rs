//! Experiment files: read, won over by options, and printed.

use crate::place::{Place, value};

/// Words, numbers, keys, and two labels.
fn shop() -> Place {
    let place = Place::new();
    let mut text = String::from("key;color;size;code;class;price\n");
    for i in 0..200 {
        let color = ["red", "green", ""][i % 3];
        let size = if i % 7 == 0 { String::new() } else { format!("{}.5", i % 10) };
        let class = if color == "red" { "yes" } else { "no" };
        text.push_str(&format!("k{i};{color};{size};{};{class};{}\n", i % 4, 50.0 + 1.25 * i as f64));
    }
    place.write("shop.csv", &text);
    place
}

/// The bytes of the weights after `steps`.
fn weights(place: &Place, folder: &str, steps: u64) -> Vec<u8> {
    let data = place.names(folder, &format!("model.ckpt-{steps}.data"));
    assert_eq!(data.len(), 1, "{folder}");
    std::fs::read(&data[0]).unwrap()
}

#[test]
fn what_is_printed_trains_the_same_model_bit_for_bit() {
    for (kind, more, steps) in [
        ("linear", "--steps 40 --optimizer sgd --words code", 40),
        ("dnn", "--epochs 10 --hidden-units 5,3 --dropout 0.25 --learning-rate 1e-2", 50),
        ("dnn-linear", "--steps 30 --batch-size 7 --seed 18446744073709551615", 30),
        ("boosted-trees", "--trees 9 --depth 2 --held-back 0.25", 9),
        ("baseline", "--steps 20", 20),
    ] {
        for label in ["class", "price"] {
            let place = shop();
            let line = format!("train shop.csv --label {label} --model-dir m --estimator {kind} {more}");
            let text = place.good(&format!("{line} --print-experiment"));
            assert!(!place.path("m").exists(), "something was trained");
            place.good(&line);
            // Wherever the file is, and whatever the folder.
            std::fs::create_dir(place.path("elsewhere")).unwrap();
            place.write("elsewhere/exp.toml", &text);
            place.good("train --experiment elsewhere/exp.toml --model-dir again");
            assert!(weights(&place, "m", steps) == weights(&place, "again", steps), "{kind} {label}\n{text}");
            assert_eq!(place.read("m/saola.json"), place.read("again/saola.json"), "{kind} {label}\n{text}");
            // The file fits the folder that it came from, which goes on, and is printed again as it is.
            let again = place.good("train --experiment elsewhere/exp.toml --print-experiment");
            assert_eq!(again, text);
            assert!(place.good("train --experiment elsewhere/exp.toml").contains("goes on"), "{kind}");
        }
    }
}

#[test]
fn all_that_was_inferred_is_printed() {
    let place = shop();
    let out = place.good("train shop.csv --label class --model-dir m --print-experiment");
    let end = out.split_once("label = ").expect("a label").1;
    let wanted = r#""class"
model-dir = "PLACE/m"
estimator = "dnn"
steps = 1000
batch-size = 32
hidden-units = [32, 16]
dropout = 0.0
optimizer = "adam"
learning-rate = 0.001
held-back = 0.2
seed = 0

[columns]
key = "skip"
color = "words"
size = "numbers"
code = "numbers"
price = "numbers"
"#;
    let folder = place.folder.path().canonicalize().unwrap();
    assert_eq!(end, wanted.replace("PLACE", folder.to_str().unwrap()));
}

#[test]
fn options_win_over_the_file_and_paths_are_relative_to_it() {
    let place = shop();
    std::fs::create_dir(place.path("exp")).unwrap();
    let text = "data = \"../shop.csv\"\nlabel = 'class'\nmodel-dir = \"runs/m\"\nestimator = \"linear\"\n\
        epochs = 0x2\nbatch-size = 1_6\nlearning-rate = 0.25\ndelimiter = \";\"\nwords = [\"code\"]\n\
        [columns]\nsize = \"skip\"\n";
    place.write("exp/e.toml", text);
    let out = place.good("train --experiment exp/e.toml");
    for word in ["skipped, as the experiment says", "4 words", "linear, ", "learning rate 0.25", "of 16 rows"]
    {
        assert!(out.contains(word), "no {word}\n{out}");
    }
    assert_eq!(value(&out, "steps"), 20.0);
    assert!(place.path("exp/runs/m/saola.json").exists());
    let more = "--steps 3 --estimator dnn --hidden-units 4 --batch-size 8 --label price --words size";
    let out = place.good(&format!("train shop.csv --experiment exp/e.toml --model-dir n {more}"));
    for word in ["dnn, ", "of 8 rows", "a quantity", "learning rate 0.25", "10 words, one-hot"] {
        assert!(out.contains(word), "no {word}\n{out}");
    }
    assert!(!out.contains("skipped") && value(&out, "steps") == 3.0, "{out}");
    // Another kind of model leaves out what it does not have, and has its own learning rate where trees are meant.
    let deep = format!(
        "estimator = \"dnn\"\nhidden-units = 3\ndropout = 0.5\nseed = 3\n{}",
        text.replace("estimator", "#")
    );
    place.write("exp/deep.toml", &deep);
    let train = "train --experiment exp/deep.toml --model-dir";
    let out = place.good(&format!("{train} t --estimator boosted-trees --trees 4"));
    assert!(out.contains("4 trees of depth 6") && out.contains("learning rate 0.1"), "{out}");
    let out = place.good(&format!("{train} l --estimator linear"));
    assert!(out.contains("linear, ") && out.contains("learning rate 0.25"), "{out}");
    place.bad(&format!("{train} b --estimator linear --hidden-units 4"), &["no hidden layers"]);
    // The folder remembers columns, too.
    place.write("exp/e.toml", &text.replace("[columns]", "[columns]\nprice = \"numbers\""));
    place.good("train --experiment exp/e.toml");
    place.write("exp/e.toml", &text.replace("skip", "numbers"));
    let words = ["[columns]", "expected size = \"skip\", found size = \"numbers\"", "exp/runs/m/saola.json"];
    place.bad("train --experiment exp/e.toml", &words);
}

#[test]
fn files_that_cannot_be_are_refused_with_their_line() {
    let place = shop();
    let start = "data = \"shop.csv\"\nlabel = \"class\"\n";
    for (text, words) in [
        ("batch_size = 3\n", vec!["e.toml:3: `batch_size` is not a key", "did you mean `batch-size`?"]),
        ("quiet = true\n", vec!["e.toml:3: `quiet`", "hidden-units"]),
        ("batch-size = 0\n", vec!["e.toml:3: `batch-size` cannot be `0`", "from 1 to"]),
        ("estimator = \"boosted-tree\"\n", vec!["`boosted-tree`", "did you mean `boosted-trees`?"]),
        ("optimizer = \"rms\"\n", vec!["e.toml:3", "adam, adagrad, sgd, ftrl"]),
        ("hidden-units = [4, 0]\n", vec!["e.toml:3: `hidden-units` cannot be `[4, 0]`", "from 1 to"]),
        ("hidden-units = []\n", vec!["e.toml:3: `hidden-units` cannot be `[]`"]),
        ("seed = -1\n", vec!["e.toml:3: `seed` cannot be `-1`"]),
        ("seed = [1, 2]\n", vec!["e.toml:3: `seed` is [1, 2]", "give one value"]),
        ("seed = true\n", vec!["e.toml:3: `seed` is true", "a number, a text"]),
        ("steps = 3\nepochs = 2\n", vec!["both `steps` and `epochs`"]),
        ("seed = 1\nseed = 2\n", vec!["e.toml:4: ", "duplicate key"]),
        ("seed = = 2\n", vec!["e.toml:3: ", "TOML"]),
        ("columns = 3\n", vec!["e.toml:3: `columns` is 3", "[columns]"]),
        ("[columns]\nsize = \"number\"\n", vec!["e.toml:4: `number`", "did you mean `numbers`?"]),
        ("[columns]\nsiz = \"numbers\"\n", vec!["`siz`", "did you mean `size`?"]),
        ("[columns]\nclass = \"words\"\n", vec!["the label `class` stands below [columns]"]),
        ("[columns]\nkey = \"words\"\n", vec!["`key` cannot be words", "names or keys", "skip"]),
        ("[columns]\ncolor = \"numbers\"\n", vec!["shop.csv:2: column `color` holds numbers", "`red`"]),
        ("words = [\"size\"]\n[columns]\nsize = \"numbers\"\n", vec!["two things of the column `size`"]),
        ("estimator = \"linear\"\nhidden-units = 3\n", vec!["`linear` has no hidden layers"]),
        ("", vec!["does not say `model-dir`", "--model-dir"]),
    ] {
        let folder = if text.is_empty() { "" } else { "model-dir = \"m\"\n" };
        let (head, table) = text.split_at(text.find("[columns]").unwrap_or(text.len()));
        let folder = if table.is_empty() { folder } else { "" };
        place.write("e.toml", &format!("{start}{head}{folder}{table}"));
        let option = if table.is_empty() { "" } else { " --model-dir m" };
        place.bad(&format!("train --experiment e.toml{option}"), &words);
    }
    place.bad("train --experiment none.toml", &["reading `none.toml`"]);
    place.bad("train --experiment shop.csv", &["shop.csv:1: ", "TOML"]);
    assert!(!place.path("m").exists());
    assert_eq!(place.run("train --print-experiment").code, Some(2));
}

#[test]
fn printing_changes_no_folder() {
    let place = shop();
    place.fails(
        "train shop.csv --label class --model-dir m --optimizer sgd --learning-rate 1e30",
        &["the loss is NaN"],
    );
    let before = place.files();
    let out = place.good("train shop.csv --label class --model-dir m --print-experiment --learning-rate 0.5");
    assert!(out.contains("learning-rate = 0.5"), "{out}");
    assert!(before == place.files());
}
