/// Looks at the keys of a JSON object as they stand in a request: decoders take the first or the last of two of one name,
/// and whoever wrote both meant one of them.
enum BodyKeys {
    /// What is wrong with the keys of the outermost object, if anything is. What is no JSON is left to the decoder.
    static func fault(in bytes: some Sequence<UInt8>) -> String? {
        var depth = 0
        var isInString = false
        var isEscaped = false
        var text: [UInt8] = []
        var hasEscape = false
        var keys: Set<[UInt8]> = []
        for byte in bytes {
            if isInString {
                if isEscaped {
                    isEscaped = false
                } else if byte == UInt8(ascii: "\\") {
                    (isEscaped, hasEscape) = (true, true)
                } else if byte == UInt8(ascii: "\"") {
                    isInString = false
                } else if depth == 1 {
                    text.append(byte)
                }
                continue
            }
            switch byte {
            case UInt8(ascii: "\""):
                (isInString, hasEscape, text) = (true, false, [])
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                depth += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                depth -= 1
            case UInt8(ascii: ":") where depth == 1:
                if hasEscape { return "a key is written with an escape" }
                guard keys.insert(text).inserted else {
                    return "key \(String(decoding: text.prefix(100), as: UTF8.self).debugDescription) is there twice"
                }
            default:
                break
            }
        }
        return nil
    }
}
