import Foundation

/// A promotion that is planned: of which site, when, and under which conditions.
public struct ScheduleEntry: Sendable, Hashable, Identifiable {
    /// When.
    public enum Timing: Sendable, Hashable {
        /// Once. The text is as it was given.
        case at(Date, text: String)
        /// Again and again.
        case every(Recurrence)
    }

    /// Who took it back.
    public struct Cancellation: Sendable, Hashable, Codable {
        public var who: String
        public var when: Date
        public var why: String?

        public init(who: String, when: Date, why: String?) {
            self.who = who
            self.when = when.inMilliseconds
            self.why = why
        }
    }

    /// How late it may begin where nothing else is said.
    public static let defaultGrace = Duration.seconds(900)
    /// What grace may be.
    public static let graces = Duration.seconds(10)...Duration.seconds(86_400)
    /// What a limit of lag may be.
    public static let lagLimits = Duration.milliseconds(100)...Duration.seconds(3_600)
    /// What the time of a promotion may be.
    public static let timeouts = Duration.seconds(1)...Duration.seconds(604_800)
    /// The most bytes of ``who`` and ``why``.
    public static let longestText = 256

    public let id: String
    /// The site that becomes active.
    public let site: String
    public let timing: Timing
    /// How late it may begin, as after a restart. Later it is skipped.
    public let grace: Duration
    /// It is refused while a route is further behind.
    public let lagLimit: Duration?
    /// It is refused in another epoch.
    public let expectedEpoch: Int?
    /// How long it may take before it undoes itself.
    public let timeout: Duration?
    /// Who asked for it.
    public let who: String
    /// When that was; `nil` for one of the configuration.
    public let when: Date?
    public let why: String?
    /// Whether it stands in the configuration, and not in the record.
    public let isConfigured: Bool
    /// Who took it back; `nil` while it stands.
    public var cancelled: Cancellation?

    /// Creates an entry that a command asks for.
    public init(
        id: String,
        site: String,
        timing: Timing,
        grace: Duration = ScheduleEntry.defaultGrace,
        lagLimit: Duration? = nil,
        expectedEpoch: Int? = nil,
        timeout: Duration? = nil,
        who: String,
        when: Date,
        why: String? = nil
    ) {
        self.id = id
        self.site = site
        self.timing = timing
        self.grace = grace
        self.lagLimit = lagLimit
        self.expectedEpoch = expectedEpoch
        self.timeout = timeout
        self.who = who
        self.when = when.inMilliseconds
        self.why = why
        isConfigured = false
    }

    /// Creates an entry of the configuration. Its id follows from what it does and when, so that a changed condition is
    /// no new entry.
    public init(
        configured site: String,
        timing: Timing,
        grace: Duration = ScheduleEntry.defaultGrace,
        lagLimit: Duration? = nil,
        expectedEpoch: Int? = nil,
        timeout: Duration? = nil,
        why: String? = nil
    ) {
        id = "f" + Self.fingerprint("promote \(site) \(timing.identity)")
        self.site = site
        self.timing = timing
        self.grace = grace
        self.lagLimit = lagLimit
        self.expectedEpoch = expectedEpoch
        self.timeout = timeout
        who = "configuration"
        when = nil
        self.why = why
        isConfigured = true
    }

    /// FNV-1a with 64 bits: the same in every process.
    private static func fingerprint(_ text: String) -> String {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in text.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        let digits = String(hash, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }

    /// The first instant of it after another one, or at all.
    public func next(after date: Date?) -> Date? {
        switch timing {
        case .at(let instant, _): date.map { instant > $0 } ?? true ? instant : nil
        case .every(let recurrence): recurrence.next(after: date ?? .distantPast)
        }
    }

    /// The id of the operation that carries one occurrence out: the same whoever begins it.
    public func operation(at due: Date) -> String { "scheduled-\(id)-\(Int(due.timeIntervalSince1970))" }
}

extension ScheduleEntry.Timing {
    /// What tells it from others, however it was written.
    fileprivate var identity: String {
        switch self {
        case .at(let date, _): "at \(Int((date.timeIntervalSince1970 * 1_000).rounded()))"
        case .every(let recurrence): "every \(recurrence.expression.text) \(recurrence.zone.name)"
        }
    }
}

extension Date {
    /// As exact as the record keeps it.
    public var inMilliseconds: Date {
        Date(timeIntervalSince1970: (timeIntervalSince1970 * 1_000).rounded() / 1_000)
    }
}
