import Foundation
import Testing

@testable import Management

@Suite("Reading JSON in place")
struct JSONReaderTests {
    private func read<Value>(
        _ text: String,
        _ body: (inout JSONReader) throws(JSONReader.Malformed) -> Value
    ) throws -> Value {
        try Array(text.utf8).withUnsafeBytes { bytes in
            var reader = JSONReader(bytes)
            let value = try body(&reader)
            try reader.end()
            return value
        }
    }

    /// As a general decoder would have it.
    private static func value(_ reader: inout JSONReader) throws(JSONReader.Malformed) -> JSONValue {
        var list: [JSONValue] = []
        var members: [String: JSONValue] = [:]
        var isList = false
        var isObject = false
        var probe = reader
        try probe.forEachElement { (element) throws(JSONReader.Malformed) in
            isList = true
            list.append(try value(&element))
        }
        if isList {
            reader = probe
            return .array(list)
        }
        probe = reader
        try probe.forEachMember { (name, member) throws(JSONReader.Malformed) in
            isObject = true
            let name = String(decoding: name, as: UTF8.self)
            members[name] = try value(&member)
        }
        if isObject {
            reader = probe
            return .object(members)
        }
        return try reader.scalar() ?? .null
    }

    @Test("given JSON at random, then what is read is what a general decoder reads")
    func random() throws {
        var state: UInt64 = 7
        func random(_ limit: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % limit
        }
        let texts = ["a", "ü", "\"", "\\", "\n", "\u{1F600}", "e\u{301}", "/", "\u{1}"]
        func make(_ depth: Int) -> JSONValue {
            switch random(depth > 3 ? 4 : 6) {
            case 0: .integer(Int64(random(1_000_000)) - 500_000)
            case 1: .bool(random(2) == 0)
            case 2: .null
            case 3: .string((0..<random(5)).map { _ in texts[random(texts.count)] }.joined())
            case 4: .array((0...random(4)).map { _ in make(depth + 1) })
            default: .object(Dictionary((0...random(4)).map { ("k\($0)", make(depth + 1)) }) { $1 })
            }
        }
        for round in 0..<2_000 {
            let value = make(0)
            let encoder = JSONEncoder()
            if round % 2 == 0 { encoder.outputFormatting = .prettyPrinted }
            let text = String(decoding: try encoder.encode(value), as: UTF8.self)
            #expect(try read(text, Self.value) == value, "\(text)")
            #expect(throws: Never.self) {
                try read(text) { (reader) throws(JSONReader.Malformed) in try reader.skip() }
            }
            // Cut anywhere, it is malformed or another value, and never a crash.
            let cut = String(decoding: Array(text.utf8).prefix(random(text.utf8.count + 1)), as: UTF8.self)
            _ = try? read(cut, Self.value)
        }
    }

    @Test(
        "given a number, then it is an integer if it is one",
        arguments: [
            ("0", 0), ("-0", 0), ("12.0", 12), ("9223372036854775807", .max), ("-9223372036854775808", .min),
            ("9223372036854775808", nil), ("1.5", nil), ("1e3", nil), ("\"1\"", nil), ("null", nil), ("[1]", nil),
            ("{\"a\": 1}", nil),
        ] as [(String, Int64?)]
    )
    func integers(_ text: String, expected: Int64?) throws {
        #expect(try read(text) { (reader) throws(JSONReader.Malformed) in try reader.integer() } == expected)
    }

    @Test(
        "given what is no JSON, then it is malformed",
        arguments: [
            "", "{", "[", "[1,", "[1 2]", "{\"a\"}", "{\"a\":}", "{a:1}", "\"a", "\"\\", "]", "[1]]", "{\"a\":1,}", ",",
            String(repeating: "[", count: 100_000), String(repeating: "{\"a\":", count: 100_000),
        ]
    )
    func malformed(_ text: String) {
        #expect(throws: JSONReader.Malformed.self) {
            try read(text) { (reader) throws(JSONReader.Malformed) in try reader.skip() }
        }
    }

    @Test("given escapes, then they are read, and a text that is too long is empty")
    func texts() throws {
        func text(_ json: String) throws -> String? {
            try read(json) { (reader) throws(JSONReader.Malformed) in try reader.string() }
        }
        #expect(try text(#""a\u00fc\ud83d\ude00\n\"\\\/b""#) == "aü\u{1F600}\n\"\\/b")
        #expect(try text(#""\ud83d""#) == "\u{FFFD}")
        #expect(throws: JSONReader.Malformed.self) { try text(#""\x""#) }
        #expect(throws: JSONReader.Malformed.self) { try text(#""\u12""#) }
        #expect(try text("\"" + String(repeating: "a", count: 5_000) + "\"") == "")
        #expect(try text("7") == nil)
    }
}
