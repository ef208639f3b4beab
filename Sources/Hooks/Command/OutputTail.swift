/// The end of what a program writes, however much that is.
struct OutputTail {
    /// What is kept: several screens' worth of an error, and nothing against memory.
    static let limit = 4096

    private(set) var bytes: [UInt8] = []
    private(set) var isCut = false

    /// Takes a part in, and forgets what is too far back.
    mutating func append(_ part: some Collection<UInt8>) {
        bytes += part.suffix(Self.limit)
        guard bytes.count > Self.limit || part.count > Self.limit else { return }
        isCut = true
        bytes.removeFirst(max(0, bytes.count - Self.limit))
    }

    /// The last lines on one line, for a person: at most 300 characters, and none that would act on a terminal.
    var text: String { Self.text(bytes) }

    static func text(_ bytes: [UInt8]) -> String {
        var words: [Substring.UnicodeScalarView] = []
        let scalars = String(decoding: bytes, as: UTF8.self).unicodeScalars
        let isGap = { (scalar: Unicode.Scalar) in
            scalar.properties.isWhitespace || scalar.properties.generalCategory == .control
                || scalar.properties.generalCategory == .format
        }
        words = scalars.split(whereSeparator: isGap).map { Substring($0).unicodeScalars }
        var text = words.map { String($0) }.joined(separator: " ")
        let longest = 300
        if text.count > longest { text = "…" + text.suffix(longest) }
        return text
    }
}
