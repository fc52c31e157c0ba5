//! The checksum of TensorFlow's files.

/// The CRC-32C of `bytes`, masked.
///
/// A checksum that is stored beside data which itself holds checksums is a weak one, so the formats store a
/// rotated and shifted value.
pub(crate) fn masked_crc(bytes: &[u8]) -> u32 {
    mask(crc32c::crc32c(bytes))
}

/// The stored form of the CRC-32C `crc`.
pub(crate) fn mask(crc: u32) -> u32 {
    crc.rotate_right(15).wrapping_add(0xa282_ead8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn matches_published_values() {
        // RFC 3720, B.4: 32 bytes of zeros.
        assert_eq!(crc32c::crc32c(&[0; 32]), 0x8a91_36aa);
        assert_eq!(mask(0), 0xa282_ead8);
        // The length field of the smallest TFRecord, as TensorFlow 2.15.1 writes it for an empty record.
        assert_eq!(masked_crc(&[0; 8]), u32::from_le_bytes([0x29, 0x03, 0x98, 0x07]));
    }
}
