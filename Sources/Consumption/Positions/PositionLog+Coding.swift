extension PositionLog: Codable {
    /// The only version that there is.
    package static let version = 1

    private enum CodingKeys: String, CodingKey {
        case version, entries, confirmed, queues
    }

    /// Reads a log that a process kept; ``resume(at:)`` continues it. Of a version that isn't known, or in which
    /// anything goes back, nothing is taken.
    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        let version = try container.decode(Int.self, forKey: .version)
        guard version == Self.version else {
            throw DecodingError.dataCorruptedError(
                forKey: .version,
                in: container,
                debugDescription:
                    "positions of version \(version) are of a newer Ropeway; this one knows \(Self.version)"
            )
        }
        self.init()
        let entries = try container.decode([Entry].self, forKey: .entries)
        let confirmed = try container.decode([Mark].self, forKey: .confirmed)
        let names = try container.decode([String].self, forKey: .queues)
        guard
            entries.count <= limits.ticks, confirmed.count <= Self.marks, names.count <= limits.queues,
            Set(names).count == names.count,
            zip(entries, entries.dropFirst()).allSatisfy({ $0.isContinued(by: $1, queues: names.count) }),
            entries.allSatisfy({ $0.counts.count <= names.count }),
            zip(confirmed, confirmed.dropFirst()).allSatisfy({ $0.position < $1.position && $0.at <= $1.at })
        else {
            throw DecodingError.dataCorruptedError(
                forKey: .entries,
                in: container,
                debugDescription: "the positions go back, or are more than this Ropeway writes"
            )
        }
        self.entries = entries
        self.confirmed = confirmed
        self.names = names
        indices = Dictionary(uniqueKeysWithValues: zip(names, names.indices))
    }

    /// Writes what a restarted process needs.
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(Self.version, forKey: .version)
        try container.encode(entries, forKey: .entries)
        try container.encode(confirmed, forKey: .confirmed)
        try container.encode(names, forKey: .queues)
    }
}

extension PositionLog.Entry {
    fileprivate func isContinued(by next: PositionLog.Entry, queues: Int) -> Bool {
        position < next.position && at <= next.at && untimed <= next.untimed && prioritised <= next.prioritised
            && (enteredSince ?? next.enteredSince ?? at) <= (next.enteredSince ?? next.at)
            && (newestTimestamp ?? .min) <= (next.newestTimestamp ?? .min)
            && counts.count <= next.counts.count && zip(counts, next.counts).allSatisfy { $0 <= $1 }
    }
}
