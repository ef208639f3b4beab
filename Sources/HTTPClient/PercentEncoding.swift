/// Percent-encoding of the parts of a URL (RFC 3986).
package enum PercentEncoding {
    /// Encodes one part of a path or one name or value of a query: all but unreserved characters become `%XX`, so that
    /// a `/`, a `?` or a space in a name can't end the part. A part of dots alone is encoded too, or it would be taken
    /// for "this" or "the parent" folder.
    package static func encode(_ part: String) -> String {
        let isDots = part == "." || part == ".."
        var result = ""
        result.reserveCapacity(part.utf8.count)
        for byte in part.utf8 {
            let isUnreserved =
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "~"):
                    true
                case UInt8(ascii: "."):
                    !isDots
                default:
                    false
                }
            if isUnreserved {
                result.unicodeScalars.append(Unicode.Scalar(byte))
            } else {
                let digits = String(byte, radix: 16, uppercase: true)
                result += digits.utf8.count == 1 ? "%0\(digits)" : "%\(digits)"
            }
        }
        return result
    }
}
