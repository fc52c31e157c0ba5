//! Records, and what is in them.

use std::path::Path;

use saola_data::{Dataset, ExampleSpec, parse_example};
use saola_io::{EventReader, EventWriter, RecordReader, RecordWriter};
use saola_tensor::{DType, Error, StrArray, Tensor};
use saola_testkit::damage::Reader;

use super::seeds::{folder, golden, of_file};

/// The payloads of records.
fn payloads(bytes: &[u8]) -> Vec<Vec<u8>> {
    let mut reader = RecordReader::new(bytes);
    let mut out = Vec::new();
    while let Some(record) = reader.read().expect("a record") {
        out.push(record.to_vec());
    }
    out
}

fn events() -> Vec<u8> {
    let folder = folder();
    let mut writer = EventWriter::create(&folder, None).expect("made");
    writer.scalar("loss", 1, 0.5).expect("written");
    writer.scalars(2, [("loss", 0.25), ("accuracy", 1.0)]).expect("written");
    writer.histogram("kernel", 2, &Tensor::from([1.0f32, 2.0, 5.0])).expect("written");
    writer.flush().expect("written");
    std::fs::read(writer.path()).expect("there")
}

pub(super) fn records() -> Vec<Reader> {
    let all = golden("datasets/examples.tfrecord");
    let spec = ExampleSpec::new()
        .fixed("x", DType::F32, [3])
        .fixed("label", DType::I64, [1])
        .sequence("words", DType::Str)
        .sequence("ids", DType::I64);
    let events_file = events();
    let event_payloads = payloads(&events_file);
    let see_events = |path: &Path| {
        let mut reader = EventReader::open(path)?;
        while reader.read()?.is_some() {}
        EventReader::open(path)?.scalars().map(drop)
    };
    let framed = folder().join("events.out.tfevents.1.x");
    vec![
        Reader::new("tfrecord", vec![all.clone()], |bytes| {
            let mut reader = RecordReader::new(bytes);
            while reader.read()?.is_some() {}
            Ok(())
        }),
        of_file("packed tfrecord", "x.tfrecord.gz", vec![golden("datasets/examples.tfrecord.gz")], |path| {
            Dataset::tf_records(path).iter().try_for_each(|item| item.map(drop))
        })
        .ratio(4096),
        Reader::new("tf.Example", payloads(&all), move |bytes| {
            let mut one = StrArray::new();
            one.push(bytes);
            parse_example(&Tensor::from_strings(one, vec![1])?, &spec).map(drop)
        }),
        of_file("events", "events.out.tfevents.1.x", vec![events_file], see_events),
        Reader::new("events inside", event_payloads, move |bytes| {
            let mut writer = RecordWriter::new(Vec::new());
            writer.write(bytes).map_err(|e| Error::value(e.to_string()))?;
            std::fs::write(&framed, writer.into_inner()).map_err(|e| Error::io("writing", &framed, e))?;
            see_events(&framed)
        })
        .ratio(256),
    ]
}
