import ErrorCodes

/// In JSON a kind is the number that a command exits with.
extension ErrorKind: Codable {
    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let number = try container.decode(Int32.self)
        guard let kind = Self.allCases.first(where: { ExitCode($0).rawValue == number }) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "\(number) is no kind of error")
        }
        self = kind
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(ExitCode(self).rawValue)
    }
}

extension ErrorCode: Codable {
    /// A word of another version is ``unrecognized``: the message beside it tells the rest.
    package init(from decoder: any Decoder) throws {
        self = Self(rawValue: try decoder.singleValueContainer().decode(String.self)) ?? .unrecognized
    }
}
