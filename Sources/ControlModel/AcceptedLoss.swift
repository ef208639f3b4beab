/// What a person accepts to lose by one forced promotion: so many messages at most, or whatever it is.
package enum AcceptedLoss: Sendable, Hashable {
    case messages(Int)
    /// Also what nobody knows.
    case any

    /// Reads a number from 0 up, or `any`.
    package init?(_ text: String) {
        if text == "any" {
            self = .any
        } else if !text.isEmpty, text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
            let number = Int(text)
        {
            self = .messages(number)
        } else {
            return nil
        }
    }
}

extension AcceptedLoss: Codable {
    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let text = try? container.decode(String.self) {
            guard text == "any" else {
                throw DecodingError.dataCorruptedError(in: container, debugDescription: "neither a number nor \"any\"")
            }
            self = .any
            return
        }
        let number = try container.decode(Int.self)
        guard number >= 0 else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "a number below 0")
        }
        self = .messages(number)
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .messages(let number): try container.encode(number)
        case .any: try container.encode("any")
        }
    }
}
