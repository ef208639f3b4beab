import Foundation

/// A promotion that is planned: of which site, when, and under which conditions.
package struct ScheduleEntry: Sendable, Hashable, Identifiable {
    /// When.
    package enum Timing: Sendable, Hashable {
        /// Once. The text is as it was given.
        case at(Date, text: String)
        /// Again and again.
        case every(Recurrence)
    }

    /// Who took it back.
    package struct Cancellation: Sendable, Hashable, Codable {
        package var who: String
        package var when: Date
        package var why: String?

        package init(who: String, when: Date, why: String?) {
            self.who = who
            self.when = when.inMilliseconds
            self.why = why
        }
    }

    /// How late it may begin where nothing else is said.
    package static let defaultGrace = Duration.seconds(900)
    /// What grace may be.
    package static let graces = Duration.seconds(10)...Duration.seconds(86_400)
    /// What a limit of lag may be.
    package static let lagLimits = Duration.milliseconds(100)...Duration.seconds(3_600)
    /// What the time of a promotion may be.
    package static let timeouts = Duration.seconds(1)...Duration.seconds(604_800)
    /// The most bytes of ``who`` and ``why``.
    package static let longestText = 256

    package let id: String
    /// The site that becomes active.
    package let site: String
    package let timing: Timing
    /// How late it may begin, as after a restart. Later it is skipped.
    package let grace: Duration
    /// It is refused while a route is further behind.
    package let lagLimit: Duration?
    /// It is refused in another epoch.
    package let expectedEpoch: Int?
    /// How long it may take before it undoes itself.
    package let timeout: Duration?
    /// Who asked for it.
    package let who: String
    /// When that was; `nil` for one of the configuration.
    package let when: Date?
    package let why: String?
    /// Whether it stands in the configuration, and not in the record.
    package let isConfigured: Bool
    /// Who took it back; `nil` while it stands.
    package var cancelled: Cancellation?

    /// Creates an entry that a command asks for.
    package init(
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
    package init(
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
    package func next(after date: Date?) -> Date? {
        switch timing {
        case .at(let instant, _): date.map { instant > $0 } ?? true ? instant : nil
        case .every(let recurrence): recurrence.next(after: date ?? .distantPast)
        }
    }

    /// The id of the operation that carries one occurrence out: the same whoever begins it.
    package func operation(at due: Date) -> String { "scheduled-\(id)-\(Int(due.timeIntervalSince1970))" }
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
    package var inMilliseconds: Date {
        Date(timeIntervalSince1970: (timeIntervalSince1970 * 1_000).rounded() / 1_000)
    }
}
