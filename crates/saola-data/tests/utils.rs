//! Small functions around data, against Keras's.

use saola_data::{
    Color, Dataset, PadSequences, Side, Size, normalize, read_image, save_image, split_dataset,
    to_categorical,
};
use saola_tensor::{DType, ErrorKind, Result, Tensor};
use saola_testkit::{Entry, Golden, Tolerance, assert_close_within};

fn side(entry: &Entry<'_>) -> Result<Side> {
    Ok(if entry.text()? == "pre" { Side::Front } else { Side::Back })
}

fn integers(entry: &Entry<'_>) -> Result<Vec<i64>> {
    entry.items()?.iter().map(|n| n.integer()).collect()
}

fn size(entry: Option<Entry<'_>>) -> Result<Option<Size>> {
    let Some(entry) = entry else { return Ok(None) };
    match entry.json().is_i64() {
        true => Ok(Some(Size::Items(entry.integer()? as usize))),
        false => Ok(Some(Size::Part(entry.number()?))),
    }
}

fn check(case: &Entry<'_>) -> Result<()> {
    match case.get("name")?.text()? {
        "pad_sequences" => {
            let lists: Vec<Vec<i64>> =
                case.get("lists")?.items()?.iter().map(integers).collect::<Result<_>>()?;
            let pad = PadSequences::new().value(-1.0).padding(side(&case.get("padding")?)?);
            let pad = pad.truncating(side(&case.get("truncating")?)?);
            let pad = match case.find("maxlen") {
                Some(n) => pad.maxlen(n.integer()? as usize),
                None => pad,
            };
            assert_eq!(pad.of(&lists)?, case.get("output")?.tensor()?);
        }
        "to_categorical" => {
            let classes = case.find("classes").map(|n| n.integer().map(|n| n as usize)).transpose()?;
            let got = to_categorical(&case.get("x")?.tensor()?, classes)?;
            assert_eq!(got, case.get("output")?.tensor()?);
        }
        "normalize" => {
            let axis = case.get("axis")?.integer()? as isize;
            let got = normalize(&case.get("x")?.tensor()?, axis, case.get("order")?.number()?)?;
            assert_close_within(&got, &case.get("output")?.tensor()?, Tolerance::of(DType::F64));
        }
        "split_dataset" => {
            let (left, right) = split_dataset(
                &Dataset::range(0, 10, 1),
                size(case.find("left"))?,
                size(case.find("right"))?,
                None,
            )?;
            for (part, wanted) in [left, right].iter().zip(case.get("outputs")?.items()?) {
                let got: Vec<i64> = part.iter().map(|e| e?.tensor()?.item()).collect::<Result<_>>()?;
                assert_eq!(got, integers(&wanted)?, "{}", case.json());
            }
        }
        "save_img" => {
            let folder = tempfile::tempdir().expect("a folder");
            let (x, path) = (case.get("x")?.tensor()?, folder.path().join("x.png"));
            save_image(&path, &x, case.get("scale")?.truth()?)?;
            let color = match x.shape()[2] {
                1 => Color::Grayscale,
                3 => Color::Rgb,
                _ => Color::Rgba,
            };
            assert_eq!(read_image(&path, color)?.cast(DType::F32)?, case.get("output")?.tensor()?);
        }
        other => unreachable!("no function `{other}`"),
    }
    Ok(())
}

#[test]
fn functions_are_those_of_keras() -> Result<()> {
    Golden::read("datasets/utils.json")?.cases()?.iter().try_for_each(check)
}

#[test]
fn divided_data_that_is_shuffled_is_all_there_once() -> Result<()> {
    let parts = || split_dataset(&Dataset::range(0, 20, 1), Some(Size::Items(5)), None, Some(3));
    let numbers = |d: &Dataset| -> Result<Vec<i64>> { d.iter().map(|e| e?.tensor()?.item()).collect() };
    let (left, right) = parts()?;
    let mut all = [numbers(&left)?, numbers(&right)?].concat();
    assert_ne!(all, (0..20).collect::<Vec<i64>>());
    // The parts do not change places from pass to pass.
    assert_eq!(numbers(&left)?, numbers(&left)?);
    assert_eq!(numbers(&left)?, numbers(&parts()?.0)?);
    all.sort_unstable();
    assert_eq!(all, (0..20).collect::<Vec<i64>>());
    Ok(())
}

#[test]
fn other_formats_of_pictures_are_written() -> Result<()> {
    let folder = tempfile::tempdir().expect("a folder");
    for channels in [1, 3, 4] {
        let x = Tensor::new(vec![200u8; 4 * channels], [2, 2, channels])?;
        for ending in ["jpg", "bmp", "gif", "png"] {
            let path = folder.path().join(format!("x.{ending}"));
            save_image(&path, &x, false)?;
            let back = read_image(&path, Color::Rgb)?.cast(DType::F32)?;
            assert_eq!(back.shape()[..], [2, 2, 3]);
            assert!(
                back.to_vec::<f32>()?.iter().all(|v| (v - 200.0).abs() <= 8.0),
                "{ending}, {channels}: {back}"
            );
        }
    }
    Ok(())
}

#[test]
fn classes_are_kept_in_the_proportions_that_are_asked_for() -> Result<()> {
    // Three quarters of the numbers are of class 0, and half are to be.
    let class = |e: &saola_data::Element| Ok(i64::from(e.tensor()?.item::<i64>()? % 4 == 0));
    let numbers = Dataset::range(0, 8000, 1).rejection_resample(class, [0.5, 0.5], [0.75, 0.25], 7);
    let mut counts = [0usize; 2];
    for item in &numbers {
        let item = item?;
        let (class, number) = item.pair()?;
        let class: i64 = class.tensor()?.item()?;
        assert_eq!(class == 1, number.tensor()?.item::<i64>()? % 4 == 0);
        counts[class as usize] += 1;
    }
    // All of the rare class; of the other a third, within five standard deviations.
    assert_eq!(counts[1], 2000);
    let deviation = (6000.0f64 * (1.0 / 3.0) * (2.0 / 3.0)).sqrt();
    assert!((counts[0] as f64 - 2000.0).abs() < 5.0 * deviation, "{counts:?}");
    let again = |d: &Dataset| d.iter().collect::<Result<Vec<_>>>();
    assert_eq!(again(&numbers)?, again(&numbers)?);
    assert!(Dataset::range(0, 1, 1).rejection_resample(class, [1.0, 1.0], [1.0, 0.0], 0).check().is_err());
    assert!(numbers.rejection_resample(|_| Ok(2), [1.0], [1.0], 0).iter().next().expect("an item").is_err());
    Ok(())
}

#[test]
fn random_numbers_are_the_same_in_every_pass() -> Result<()> {
    let first = |seed| -> Result<Vec<i64>> {
        Dataset::random(seed).take(100).iter().map(|e| e?.tensor()?.item()).collect()
    };
    assert_eq!(first(1)?, first(1)?);
    assert_ne!(first(1)?, first(2)?);
    assert!(first(1)?.iter().all(|n| (0..1 << 32).contains(n)));
    let twice: Vec<i64> =
        Dataset::random(1).take(3).repeat(2).iter().map(|e| e?.tensor()?.item()).collect::<Result<_>>()?;
    assert_ne!(twice[..3], twice[3..], "rounds of a repetition differ");
    Ok(())
}

#[test]
fn mistakes_are_named() -> Result<()> {
    let text = |r: Result<Tensor>| r.expect_err("a mistake").to_string();
    assert!(text(to_categorical(&Tensor::from([0i64, 3]), Some(3))).contains("3 at place 1"));
    assert!(text(to_categorical(&Tensor::from([-1i64]), None)).contains("-1"));
    assert!(text(normalize(&Tensor::from([1.0f32]), 1, 2.0)).contains("axis"));
    assert!(text(normalize(&Tensor::from([1.0f32]), 0, 0.0)).contains("order 0"));
    assert!(text(PadSequences::new().value(0.5).of(&[vec![1i64]])).contains("0.5"));
    let split = |left, right| {
        split_dataset(&Dataset::range(0, 4, 1), left, right, None).expect_err("a mistake").to_string()
    };
    assert!(split(None, None).contains("no size"));
    assert!(split(Some(Size::Items(4)), None).contains("`left_size`"));
    assert!(split(Some(Size::Part(1.5)), None).contains("`left_size`"));
    assert!(split(Some(Size::Items(3)), Some(Size::Items(2))).contains("3 and 2 of 4"));
    let endless = split_dataset(&Dataset::random(0), Some(Size::Items(1)), None, None);
    assert!(endless.expect_err("endless").to_string().contains("without an end"));
    let folder = tempfile::tempdir().expect("a folder");
    let save =
        |name: &str, x: &Tensor| save_image(folder.path().join(name), x, false).expect_err("a mistake");
    assert_eq!(save("a.png", &Tensor::from([1.0f32])).kind(), ErrorKind::Shape);
    assert!(save("a.tif", &Tensor::new(vec![0u8], [1, 1, 1])?).to_string().contains(".png"));
    assert!(save("a.png", &Tensor::new(vec![-1.0f32], [1, 1, 1])?).to_string().contains("-1 is no value"));
    assert_eq!(std::fs::read_dir(folder.path()).expect("there").count(), 0);
    let zero = Dataset::range(0, 3, 1).group_by_window(|_| Ok(0), |_, w| Ok(w), 0);
    assert!(zero.check().is_err());
    Ok(())
}
