import AMQP
import NIOCore
import SeededRandomness

/// Exchanges, queues and bindings made up at random, and messages for them.
struct RandomTopology {
    struct Exchange {
        var name: String
        var type: String
        var alternate: String?
        var isInternal: Bool
    }

    struct Binding {
        var source: String
        var destination: String
        var isQueue: Bool
        var key: String
        var arguments: FieldTable
    }

    struct Message {
        var exchange: String
        var key: String
        var properties: BasicProperties
    }

    let queues = (0..<8).map { "q\($0)" }
    private(set) var exchanges: [Exchange] = []
    private(set) var bindings: [Binding] = []
    /// An exchange that gets its alternate one by a policy.
    let exchangeOfPolicy = "x5"
    let alternateOfPolicy = "x2"
    private var random: SeededGenerator
    /// Whether numbers with fractions occur, which cost the certainty of all others.
    private let hasFractions: Bool
    private let words = ["a", "b", "c", "", "*", "#", "a.b", "undefined"]

    init(seed: UInt64, types: [String]) {
        random = SeededGenerator(seed: seed)
        hasFractions = Int.random(in: 0..<4, using: &random) == 0
        exchanges = (0..<6).map { number in
            let alternate = chance(2) ? "x\(Int.random(in: 0...6, using: &random))" : nil
            return Exchange(
                name: "x\(number)",
                type: types.randomElement(using: &random)!,
                alternate: number == 5 ? nil : alternate,
                isInternal: chance(6)
            )
        }
        for _ in 0..<Int.random(in: 10...30, using: &random) {
            let source = exchanges.randomElement(using: &random)!
            let isQueue = !chance(3)
            bindings.append(
                Binding(
                    source: source.name,
                    destination: isQueue
                        ? queues.randomElement(using: &random)! : exchanges.randomElement(using: &random)!.name,
                    isQueue: isQueue,
                    key: source.type == "x-consistent-hash" ? "1" : makeKey(),
                    arguments: source.type == "headers" ? makeArguments() : [:]
                )
            )
        }
    }

    /// Makes up a message.
    mutating func message() -> Message {
        var properties = BasicProperties()
        var headers: [(String, FieldValue)] = []
        if chance(2) {
            for _ in 0..<Int.random(in: 0...3, using: &random) {
                headers.append((makeName(), makeValue()))
            }
        }
        for name in ["CC", "BCC"] where chance(6) {
            var keys: [FieldValue] = []
            for _ in 0..<Int.random(in: 0...2, using: &random) { keys.append(.string(makeKey())) }
            if chance(4) { keys.append(.int32(1)) }
            headers.append((name, .array(keys)))
        }
        if !headers.isEmpty || chance(8) { properties.headers = FieldTable(headers) }
        if chance(12) {
            return Message(
                exchange: "",
                key: queues.randomElement(using: &random)! + (chance(4) ? "?" : ""),
                properties: properties
            )
        }
        let open = exchanges.filter { !$0.isInternal }
        guard let exchange = open.randomElement(using: &random) else {
            return Message(exchange: "", key: "q0", properties: properties)
        }
        return Message(exchange: exchange.name, key: makeKey(), properties: properties)
    }

    private mutating func chance(_ of: Int) -> Bool { Int.random(in: 0..<of, using: &random) == 0 }

    /// With at most two `#`, which is what newer brokers take.
    private mutating func makeKey() -> String {
        var hashes = 0
        let count = Int.random(in: 0...4, using: &random)
        var parts: [String] = []
        for _ in 0..<count {
            var word = words.randomElement(using: &random)!
            if word == "#" { hashes += 1 }
            if hashes > 2, word == "#" { word = "a" }
            parts.append(word)
        }
        return parts.joined(separator: ".")
    }

    private mutating func makeName() -> String {
        ["h0", "h1", "h2", "x-h0", "x-h1"].randomElement(using: &random)!
    }

    private mutating func makeArguments() -> FieldTable {
        var entries: [String: FieldValue] = [:]
        for _ in 0..<Int.random(in: 0...3, using: &random) { entries[makeName()] = makeValue() }
        let matches: [String?] = [nil, "all", "any", "all-with-x", "any-with-x"]
        if let match = matches.randomElement(using: &random)! { entries["x-match"] = .string(match) }
        return FieldTable(entries.map { ($0.key, $0.value) })
    }

    private mutating func makeValue() -> FieldValue {
        let small = Int.random(in: 0...2, using: &random)
        switch Int.random(in: 0..<(hasFractions ? 20 : 17), using: &random) {
        case 0...3: return .string(["a", "b", "undefined", ""].randomElement(using: &random)!)
        case 4: return .byteArray(Array("a".utf8))
        case 5: return chance(2) ? .byteArray([0xFF, 0x61]) : .longString([0xFF, 0x61])
        case 6: return .int8(Int8(small))
        case 7: return .uint16(UInt16(small))
        case 8, 9: return .int32(Int32(small))
        case 10: return .int64(Int64(small) * 1000)
        case 11: return .uint64(UInt64(small))
        case 12: return .boolean(chance(2))
        case 13: return .void
        case 14: return .timestamp(UInt64(small))
        case 15: return .array([.int32(Int32(small))])
        case 16: return .table(["t": .int32(Int32(small))])
        case 17: return .double(Double(small))
        case 18: return .float(Float(small) + 0.5)
        default: return .decimal(scale: 1, value: UInt32(small))
        }
    }
}
