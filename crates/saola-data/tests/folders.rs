//! Files in folders and windows over series against Keras's utilities.

use saola_data::{
    Color, Dataset, Element, ImageFolder, Interpolation, LabelMode, SoundFolder, TextFolder, TimeSeries,
    read_image,
};
use saola_tensor::{DType, ErrorKind, Result, Tensor};
use saola_testkit::{Golden, Tolerance};

fn made(name: &str) -> Result<Dataset> {
    let images =
        || -> Result<ImageFolder> { Ok(ImageFolder::open(Golden::path("folders/images")?)?.in_order()) };
    let series = Tensor::new((0..20).map(|x| x as f32).collect::<Vec<f32>>(), vec![10, 2])?;
    let targets = Tensor::from((0..10i64).map(|x| 10 * x).collect::<Vec<i64>>());
    match name {
        "images_default" => images()?.image_size(4, 5).dataset(),
        "images_larger_categorical" => {
            images()?.image_size(11, 12).label_mode(LabelMode::Categorical).batch_size(2).dataset()
        }
        "images_nearest_binary" => images()?
            .image_size(4, 4)
            .interpolation(Interpolation::Nearest)
            .label_mode(LabelMode::Binary)
            .dataset(),
        "images_crop" => {
            images()?.image_size(4, 6).crop_to_aspect_ratio().label_mode(LabelMode::None).dataset()
        }
        "images_rgba" => images()?.image_size(3, 3).color(Color::Rgba).dataset(),
        "texts" => TextFolder::open(Golden::path("folders/texts")?)?.in_order().max_length(6).dataset(),
        "sounds_whole" => {
            SoundFolder::open(Golden::path("folders/sounds")?)?.in_order().batch_size(2).dataset()
        }
        "sounds_length" => {
            SoundFolder::open(Golden::path("folders/sounds")?)?.in_order().output_sequence_length(5).dataset()
        }
        "series_plain" => TimeSeries::new(&series, 3).batch_size(2).dataset(),
        "series_targets" => TimeSeries::new(&series, 2).targets(&targets).dataset(),
        "series_apart" => TimeSeries::new(&series, 3).targets(&targets).stride(2).sampling_rate(2).dataset(),
        other => unreachable!("no case `{other}`"),
    }
}

#[test]
fn batches_are_those_of_keras() -> Result<()> {
    for case in Golden::read("folders/folders.json")?.cases()? {
        let name = case.get("name")?.text()?;
        let batches: Vec<Element> = made(name)?.iter().collect::<Result<_>>()?;
        let expected = case.get("batches")?.items()?;
        assert_eq!(batches.len(), expected.len(), "{name}");
        for (batch, expected) in batches.iter().zip(&expected) {
            let expected = expected.items()?;
            assert_eq!(batch.leaves().len(), expected.len(), "{name}");
            for (leaf, expected) in batch.leaves().into_iter().zip(&expected) {
                let expected = expected.tensor()?;
                assert_eq!((leaf.dtype(), leaf.shape()), (expected.dtype(), expected.shape()), "{name}");
                if leaf.dtype() != DType::F32 {
                    assert_eq!(*leaf, expected, "{name}");
                    continue;
                }
                let pairs = leaf.to_vec::<f32>()?.into_iter().zip(expected.to_vec::<f32>()?);
                let tolerance = Tolerance::of(DType::F32);
                for (got, expected) in pairs {
                    assert!(tolerance.takes(got.into(), expected.into()), "{name}: {got}, not {expected}");
                }
            }
        }
    }
    Ok(())
}

#[test]
fn the_parts_to_train_on_and_to_validate_with_are_apart() -> Result<()> {
    let folder = TextFolder::open(Golden::path("folders/texts")?)?.validation_split(0.4).batch_size(1);
    assert_eq!(folder.class_names(), ["bad", "good"]);
    let texts = |dataset: Dataset| -> Result<Vec<String>> {
        dataset.iter().map(|e| Ok(e?.leaves()[0].strings()?.text(0)?.to_string())).collect()
    };
    let (mut all, part) = (texts(folder.training()?)?, texts(folder.validation()?)?);
    assert_eq!((all.len(), part.len()), (2, 1));
    all.extend(part);
    all.sort();
    assert_eq!(all, ["", "dull", "sch\u{f6}n und lang"]);
    assert!(folder.clone().validation_split(0.0).training().is_err());
    assert!(folder.validation_split(0.1).validation().is_err());
    Ok(())
}

#[test]
fn what_is_no_picture_is_an_error() -> Result<()> {
    let folder = tempfile::tempdir().expect("a folder");
    assert_eq!(ImageFolder::open(folder.path().join("none")).expect_err("none").kind(), ErrorKind::NotFound);
    assert!(ImageFolder::open(folder.path()).expect_err("empty").to_string().contains("no folders"));
    let class = folder.path().join("class");
    std::fs::create_dir(&class).expect("made");
    assert!(ImageFolder::open(folder.path()).expect_err("empty").to_string().contains("no files to read"));
    let whole = std::fs::read(Golden::path("folders/images/cat/a.png")?).expect("a picture");
    for at in 0..whole.len() {
        std::fs::write(class.join("x.png"), &whole[..at]).expect("written");
        let cut = read_image(class.join("x.png"), Color::Rgb);
        // What follows the pixels may be missing.
        assert!(cut.is_err() || at > whole.len() - 20, "cut at {at}");
        let mut damaged = whole.clone();
        damaged[at] ^= 0x41;
        std::fs::write(class.join("x.png"), &damaged).expect("written");
        let _ = read_image(class.join("x.png"), Color::Grayscale);
    }
    std::fs::write(class.join("x.png"), b"text").expect("written");
    let first = ImageFolder::open(folder.path())?.dataset()?.iter().next().expect("an item");
    let text = first.expect_err("no picture").to_string();
    assert!(text.contains("no sound picture") && text.contains("x.png"), "{text}");
    let binary = ImageFolder::open(folder.path())?.label_mode(LabelMode::Binary).dataset();
    assert!(binary.expect_err("one class").to_string().contains("binary labels"));
    let series = Tensor::from(vec![1f32, 2.0]);
    assert!(TimeSeries::new(&series, 3).dataset().expect_err("short").to_string().contains("window of 3"));
    assert!(TimeSeries::new(&series, 0).dataset().is_err());
    Ok(())
}

#[test]
fn what_is_no_sound_is_an_error() -> Result<()> {
    let good = std::fs::read(Golden::path("folders/sounds/bark/a.wav")?).expect("there");
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("x.wav");
    let text = |bytes: &[u8]| {
        std::fs::write(&path, bytes).expect("written");
        let error = saola_data::read_wav(&path).expect_err("no sound");
        assert!(error.kind() == ErrorKind::Format && error.to_string().contains("x.wav"), "{error}");
        error.to_string()
    };
    assert!(text(b"a picture").contains("no WAV file"));
    assert!((0..good.len()).all(|end| !text(&good[..end]).is_empty()));
    let mut float = good.clone();
    float[20] = 3;
    assert!(text(&float).contains("kind 3"));
    assert_eq!(
        saola_data::read_wav(folder.path().join("none.wav")).expect_err("none").kind(),
        ErrorKind::NotFound
    );
    Ok(())
}
