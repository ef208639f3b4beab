import ControlModel

/// The body of `POST /v1/schedule`: `site` is needed, and `at`, or `every` and `zone`.
struct ScheduleBody: Decodable {
    let request: ScheduleRequest

    init(from decoder: any Decoder) throws {
        let keys = try decoder.container(keyedBy: AnyKey.self).allKeys.map(\.stringValue)
        if keys.contains("forced") {
            throw BodyError(message: "a forced promotion can't be planned: it is for a person who has looked")
        }
        // A misspelt condition that is ignored would promote without it.
        if let unknown = keys.sorted().first(where: { ScheduleRequest.CodingKeys(rawValue: $0) == nil }) {
            throw BodyError(message: "unknown key \(unknown.debugDescription)")
        }
        try AnyKey.refuseNull(decoder)
        request = try ScheduleRequest(from: decoder)
    }
}

/// The body of `DELETE /v1/schedule/{id}`, which may be empty.
struct CancellationBody: Decodable {
    let request: ScheduleCancellation

    init(from decoder: any Decoder) throws {
        let keys = try decoder.container(keyedBy: AnyKey.self).allKeys.map(\.stringValue)
        if let unknown = keys.sorted().first(where: { $0 != "who" && $0 != "why" }) {
            throw BodyError(message: "unknown key \(unknown.debugDescription)")
        }
        try AnyKey.refuseNull(decoder)
        request = try ScheduleCancellation(from: decoder)
    }
}

/// The body of `POST /v1/routes/{name}/pause` and `/resume`, which may be empty.
struct PauseBody: Decodable {
    let request: PauseRequest

    init(from decoder: any Decoder) throws {
        let keys = try decoder.container(keyedBy: AnyKey.self).allKeys.map(\.stringValue)
        if let unknown = keys.sorted().first(where: { $0 != "who" }) {
            throw BodyError(message: "unknown key \(unknown.debugDescription)")
        }
        try AnyKey.refuseNull(decoder)
        request = try PauseRequest(from: decoder)
    }
}

/// A key of any name, to find those that mean nothing here.
struct AnyKey: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }
    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }

    /// Refuses a key without a value: `dry_run: null` that means false would start a promotion, and a condition that is
    /// null would be none.
    static func refuseNull(_ decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: AnyKey.self)
        for key in container.allKeys.sorted(by: { $0.stringValue < $1.stringValue })
        where try container.decodeNil(forKey: key) {
            throw BodyError(message: "\(key.stringValue) is null: give it a value or leave it out")
        }
    }
}
