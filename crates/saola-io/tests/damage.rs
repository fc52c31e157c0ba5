//! Damaged and hostile checkpoints: an error or the right values, never a panic, never other values.

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use saola_io::proto::{
        BundleEntryProto, BundleHeaderProto, DimProto, Message, TensorShapeProto, VersionDef,
    };
    use saola_io::{CheckpointReader, CheckpointWriter};
    use saola_tensor::{ErrorKind, Result, Tensor};

    type Values = Vec<(String, Tensor)>;

    fn small(prefix: &Path) -> Values {
        let tensors = vec![
            ("bias".to_string(), Tensor::from([1.0f32, 2.0])),
            ("global_step".to_string(), Tensor::from(3i64)),
            ("words".to_string(), Tensor::from(vec!["red", "", "green"])),
        ];
        let mut writer = CheckpointWriter::new(prefix);
        tensors.iter().for_each(|(name, tensor)| writer.add(name, tensor).unwrap());
        writer.finish().unwrap();
        tensors
    }

    fn read_all(prefix: &Path) -> Result<Values> {
        let reader = CheckpointReader::open(prefix)?;
        reader.names().map(|name| Ok((name.to_string(), reader.read(name)?))).collect()
    }

    fn is_intact_or_refused(prefix: &Path, expected: &Values) -> bool {
        match read_all(prefix) {
            Ok(found) => {
                assert_eq!(&found, expected);
                true
            }
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::Format, "{error}");
                false
            }
        }
    }

    #[test]
    fn every_cut_of_either_file_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let prefix = dir.path().join("m");
        let expected = small(&prefix);
        for suffix in [".index", ".data-00000-of-00001"] {
            let path = dir.path().join(format!("m{suffix}"));
            let whole = fs::read(&path).unwrap();
            for cut in 0..whole.len() {
                fs::write(&path, &whole[..cut]).unwrap();
                assert!(!is_intact_or_refused(&prefix, &expected), "{suffix} cut to {cut}");
            }
            fs::write(&path, &whole).unwrap();
        }
        assert!(is_intact_or_refused(&prefix, &expected));
    }

    #[test]
    fn every_changed_byte_of_either_file_is_found_or_harmless() {
        let dir = tempfile::tempdir().unwrap();
        let prefix = dir.path().join("m");
        let expected = small(&prefix);
        for suffix in [".index", ".data-00000-of-00001"] {
            let path = dir.path().join(format!("m{suffix}"));
            let whole = fs::read(&path).unwrap();
            let mut harmless = 0;
            for at in 0..whole.len() {
                for flip in [0x01, 0x80, 0xff] {
                    let mut changed = whole.clone();
                    changed[at] ^= flip;
                    fs::write(&path, &changed).unwrap();
                    harmless += usize::from(is_intact_or_refused(&prefix, &expected));
                }
            }
            // Only the padding of the footer means nothing.
            assert!(harmless <= 3 * 40, "{suffix}: {harmless}");
            fs::write(&path, &whole).unwrap();
        }
    }

    #[test]
    fn bytes_after_the_end_of_the_index_are_refused() {
        let dir = tempfile::tempdir().unwrap();
        let prefix = dir.path().join("m");
        small(&prefix);
        let path = dir.path().join("m.index");
        let mut bytes = fs::read(&path).unwrap();
        bytes.push(0);
        fs::write(&path, bytes).unwrap();
        let error = read_all(&prefix).unwrap_err().to_string();
        assert!(error.contains("m.index") && error.contains("magic number"), "{error}");
    }

    /// An index with right checksums around any entries: what a hostile writer would send.
    fn forge(dir: &Path, shards: i32, entries: &[(&str, BundleEntryProto)]) -> String {
        let version = VersionDef { producer: 1, ..Default::default() };
        let header = BundleHeaderProto { num_shards: shards, endianness: 0, version: Some(version) };
        let mut block = Vec::new();
        let mut put = |key: &str, value: Vec<u8>| {
            assert!(key.len() < 128 && value.len() < 128);
            block.extend([0, key.len() as u8, value.len() as u8]);
            block.extend(key.as_bytes());
            block.extend(value);
        };
        put("", header.encode_to_vec());
        entries.iter().for_each(|(name, entry)| put(name, entry.encode_to_vec()));
        block.extend([0, 0, 0, 0, 1, 0, 0, 0]);
        fs::write(dir.join("m.index"), table(block)).unwrap();
        fs::write(dir.join("m.data-00000-of-00001"), [0; 64]).unwrap();
        let error = read_all(&dir.join("m")).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Format, "{error}");
        error.to_string()
    }

    /// A table of one data block of less than 16 KiB.
    fn table(block: Vec<u8>) -> Vec<u8> {
        let varint = |n: usize| [n as u8 | 0x80, (n >> 7) as u8];
        let mut file = Vec::new();
        let place = |file: &mut Vec<u8>, content: &[u8]| {
            let start = file.len();
            file.extend(content);
            file.push(0);
            let crc = crc32c::crc32c(&file[start..]).rotate_right(15).wrapping_add(0xa282_ead8);
            file.extend(crc.to_le_bytes());
            [varint(start), varint(content.len())].concat()
        };
        let data = place(&mut file, &block);
        let empty = [0, 0, 0, 0, 1, 0, 0, 0];
        let metaindex = place(&mut file, &empty);
        let index = place(&mut file, &[&[0, 1, 4, b'~'][..], &data, &empty].concat());
        file.extend([metaindex, index].concat());
        file.extend([0; 32]);
        file.extend(0xdb47_7524_8b80_fb57u64.to_le_bytes());
        file
    }

    fn entry(dims: &[i64], offset: i64, size: i64) -> BundleEntryProto {
        let dim = dims.iter().map(|&size| DimProto { size, name: String::new() }).collect();
        let shape = Some(TensorShapeProto { dim, unknown_rank: false });
        BundleEntryProto { dtype: 1, shape, offset, size, ..Default::default() }
    }

    #[test]
    fn entries_that_cannot_be_are_refused_by_name() {
        let dir = tempfile::tempdir().unwrap();
        let told = |shards, entry| {
            let error = forge(dir.path(), shards, &[("kernel", entry)]);
            assert!(error.contains("kernel"), "{error}");
            error
        };
        assert!(told(1, entry(&[-1], 0, 4)).contains("[-1] is impossible"));
        assert!(told(1, entry(&[i64::MAX, 8], 0, 4)).contains("is impossible"));
        assert!(told(1, entry(&[1 << 40], 0, 4)).contains("but 4 are recorded"));
        assert!(told(1, entry(&[1 << 40], 0, 1 << 42)).contains("ends before its tensors do"));
        assert!(told(1, entry(&[1], -4, 4)).contains("4 bytes at byte -4"));
        assert!(told(1, entry(&[1], i64::MAX, 4)).contains("ends before its tensors do"));
        assert!(told(1, entry(&[1], 0, -4)).contains("-4 bytes"));
        assert!(told(1, entry(&[2], 60, 8)).contains("expected 8 bytes at byte 60"));
        let elsewhere = BundleEntryProto { shard_id: 1, ..entry(&[1], 0, 4) };
        assert!(told(1, elsewhere).contains("data file 1 of 1"));
        let words = BundleEntryProto { dtype: 7, ..entry(&[61], 0, 64) };
        assert!(told(1, words).contains("at least 65 bytes"));
        let words = BundleEntryProto { dtype: 7, ..entry(&[2], 0, 64) };
        assert!(told(1, words).contains("checksum of the lengths"));
        let changed = told(1, entry(&[1], 0, 4));
        assert!(changed.contains("does not match its checksum") && changed.contains("found"), "{changed}");
    }

    #[test]
    fn headers_and_overlaps_are_checked() {
        let dir = tempfile::tempdir().unwrap();
        assert!(forge(dir.path(), 0, &[]).contains("0 data files"));
        let overlap = forge(dir.path(), 1, &[("a", entry(&[2], 0, 8)), ("b", entry(&[2], 4, 8))]);
        assert!(overlap.contains("`a` and `b` overlap"), "{overlap}");
        fs::write(dir.path().join("m.index"), table(vec![0, 0, 0, 0, 1, 0, 0, 0])).unwrap();
        assert!(read_all(&dir.path().join("m")).unwrap_err().to_string().contains("no header"));
    }

    #[test]
    fn a_missing_data_file_is_named() {
        let dir = tempfile::tempdir().unwrap();
        let prefix = dir.path().join("m");
        small(&prefix);
        fs::remove_file(dir.path().join("m.data-00000-of-00001")).unwrap();
        let error = read_all(&prefix).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::NotFound);
        assert!(error.to_string().contains("m.data-00000-of-00001"), "{error}");
    }
}
