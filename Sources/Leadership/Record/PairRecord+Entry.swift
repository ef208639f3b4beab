#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

extension PairRecord {
    /// How long a step of an operation took.
    package struct StepTime: Sendable, Hashable, Codable {
        /// Which step: a stable word.
        package var step: String
        /// The site that it was about, where it names one.
        package var site: String?
        /// When it began, in milliseconds after the operation started.
        package var from: Int
        /// How long it took.
        package var milliseconds: Int

        /// Creates the time of a step.
        package init(step: String, site: String?, from: Int, milliseconds: Int) {
            self.step = step
            self.site = site
            self.from = from
            self.milliseconds = milliseconds
        }

        private enum CodingKeys: String, CodingKey {
            case step, site, from
            case milliseconds = "ms"
        }
    }

    /// A promotion that ended.
    package struct Entry: Sendable, Hashable {
        /// The operation's id.
        package var id: String
        /// How it was made.
        package var kind: OperationKind
        /// The site that became active, or was to.
        package var site: String
        /// The epoch that it ended in.
        package var epoch: Int
        /// When it started, to the millisecond.
        package let started: Date
        /// When it ended, to the millisecond.
        package let ended: Date
        /// How it ended, in a word.
        package var result: String
        /// How many messages were replayed or handed over; `nil` if unknown.
        package var replayed: Int?
        /// How many of them were consumed before; `nil` if unknown.
        package var repeats: Int?
        /// How many were too old to be replayed; `nil` if unknown.
        package var expired: Int?
        /// How many went into quarantine; `nil` if unknown.
        package var quarantined: Int?
        /// What a person should know of it; `nil` for nothing.
        package var note: String?
        /// The stable word of what is missing of one that is incomplete; `nil` for others, and of an earlier version.
        package var code: String?
        /// From when the site that was active had to be silent, to the millisecond; `nil` where that is not known, or it
        /// stayed active. Until ``ended``, nothing could be published to either.
        package let silent: Date?
        /// How long its steps took, as far as the process knows that ended it: without the last ones, which write this.
        package var steps: [StepTime]
        /// What it was to lose and repeat, and what was accepted of that.
        package var forecast: Forecast?
        package var consent: Consent?

        /// Creates an entry.
        package init(
            id: String,
            kind: OperationKind,
            site: String,
            epoch: Int,
            started: Date,
            ended: Date,
            result: String,
            replayed: Int? = nil,
            repeats: Int? = nil,
            expired: Int? = nil,
            quarantined: Int? = nil,
            note: String? = nil,
            silent: Date? = nil,
            steps: [StepTime] = []
        ) {
            self.id = id
            self.kind = kind
            self.site = site
            self.epoch = epoch
            self.started = started.roundedToMilliseconds
            self.ended = ended.roundedToMilliseconds
            self.result = result
            self.replayed = replayed
            self.repeats = repeats
            self.expired = expired
            self.quarantined = quarantined
            self.note = note
            self.silent = silent?.roundedToMilliseconds
            self.steps = steps
        }
    }
}

extension PairRecord.Entry: Codable {
    private enum CodingKeys: String, CodingKey {
        case id
        case kind
        case site
        case epoch
        case started
        case ended
        case result
        case replayed
        case repeats
        case expired
        case quarantined
        case note
        case code
        case silent
        case steps
        case forecast
        case consent
    }

    /// Reads an entry.
    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        self.init(
            id: try container.decode(String.self, forKey: .id),
            kind: try container.decode(PairRecord.OperationKind.self, forKey: .kind),
            site: try container.decode(String.self, forKey: .site),
            epoch: try container.decode(Int.self, forKey: .epoch),
            started: try container.decodeDate(forKey: .started),
            ended: try container.decodeDate(forKey: .ended),
            result: try container.decode(String.self, forKey: .result),
            replayed: try container.decodeIfPresent(Int.self, forKey: .replayed),
            repeats: try container.decodeIfPresent(Int.self, forKey: .repeats),
            expired: try container.decodeIfPresent(Int.self, forKey: .expired),
            quarantined: try container.decodeIfPresent(Int.self, forKey: .quarantined),
            note: try container.decodeIfPresent(String.self, forKey: .note),
            silent: try container.decodeDateIfPresent(forKey: .silent),
            steps: try container.decodeIfPresent([PairRecord.StepTime].self, forKey: .steps) ?? []
        )
        code = try container.decodeIfPresent(String.self, forKey: .code)
        forecast = try container.decodeIfPresent(PairRecord.Forecast.self, forKey: .forecast)
        consent = try container.decodeIfPresent(PairRecord.Consent.self, forKey: .consent)
    }

    /// Writes the entry.
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(id, forKey: .id)
        try container.encode(kind, forKey: .kind)
        try container.encode(site, forKey: .site)
        try container.encode(epoch, forKey: .epoch)
        try container.encode(started.recordText, forKey: .started)
        try container.encode(ended.recordText, forKey: .ended)
        try container.encode(result, forKey: .result)
        try container.encodeIfPresent(replayed, forKey: .replayed)
        try container.encodeIfPresent(repeats, forKey: .repeats)
        try container.encodeIfPresent(expired, forKey: .expired)
        try container.encodeIfPresent(quarantined, forKey: .quarantined)
        try container.encodeIfPresent(note, forKey: .note)
        try container.encodeIfPresent(code, forKey: .code)
        try container.encodeIfPresent(silent?.recordText, forKey: .silent)
        if !steps.isEmpty { try container.encode(steps, forKey: .steps) }
        try container.encodeIfPresent(forecast, forKey: .forecast)
        try container.encodeIfPresent(consent, forKey: .consent)
    }
}
