import ErrorCodes
import FoundationEssentials
import RopewayConfiguration
import Schedule

/// A promotion that is to be planned.
package struct ScheduleRequest: Sendable, Hashable, Codable {
    /// The site that becomes active.
    package var site: String
    /// Once: a time by RFC 3339, with its offset.
    package var at: String?
    /// Again and again: a cron expression in five fields.
    package var every: String?
    /// Whose clock that is: an IANA zone.
    package var zone: String?
    /// How late it may begin, in seconds.
    package var graceSeconds: Double?
    /// It is refused while a route is further behind, in seconds.
    package var ifLagBelowSeconds: Double?
    /// It is refused in another epoch.
    package var expectedEpoch: Int?
    /// How long it may take before it undoes itself, in seconds.
    package var timeoutSeconds: Double?
    /// Who asks for it.
    package var who: String?
    /// Why.
    package var why: String?

    /// Creates a request.
    package init(
        site: String,
        at: String? = nil,
        every: String? = nil,
        zone: String? = nil,
        graceSeconds: Double? = nil,
        ifLagBelowSeconds: Double? = nil,
        expectedEpoch: Int? = nil,
        timeoutSeconds: Double? = nil,
        who: String? = nil,
        why: String? = nil
    ) {
        self.site = site
        self.at = at
        self.every = every
        self.zone = zone
        self.graceSeconds = graceSeconds
        self.ifLagBelowSeconds = ifLagBelowSeconds
        self.expectedEpoch = expectedEpoch
        self.timeoutSeconds = timeoutSeconds
        self.who = who
        self.why = why
    }

    package enum CodingKeys: String, CodingKey {
        case site, at, every, zone, who, why
        case graceSeconds = "grace_seconds"
        case ifLagBelowSeconds = "if_lag_below_seconds"
        case expectedEpoch = "expected_epoch"
        case timeoutSeconds = "timeout_seconds"
    }

    /// The entry that is asked for.
    ///
    /// - Throws: ``OperationError`` that says what is wrong with the request.
    package func entry(id: String, sites: [String], now: Date) throws(OperationError) -> ScheduleEntry {
        guard sites.contains(site) else {
            throw OperationError(
                .usage,
                code: .unknownSite,
                message: "no site is named '\(site)'; nothing was planned",
                hint: "sites are: \(sites.joined(separator: ", "))"
            )
        }
        let timing = try timing()
        if case .every = timing, expectedEpoch != nil {
            throw Self.wrong(
                "an expected epoch can't hold for a promotion that is repeated",
                hint: "each one makes another epoch: leave it out"
            )
        }
        return ScheduleEntry(
            id: id,
            site: site,
            timing: timing,
            grace: try Self.duration(graceSeconds, "grace", ScheduleEntry.graces) ?? ScheduleEntry.defaultGrace,
            lagLimit: try Self.duration(ifLagBelowSeconds, "the limit of lag", ScheduleEntry.lagLimits),
            expectedEpoch: expectedEpoch,
            timeout: try Self.duration(timeoutSeconds, "the time-out", ScheduleEntry.timeouts),
            who: try Self.text(who, "who") ?? "unknown",
            when: now,
            why: try Self.text(why, "why")
        )
    }

    private func timing() throws(OperationError) -> ScheduleEntry.Timing {
        switch (at, every) {
        case (let at?, nil):
            guard zone == nil else {
                throw Self.wrong("a zone means nothing with a time that has an offset", hint: "leave the zone out")
            }
            do throws(ScheduleTextError) {
                return .at(try RFC3339.date(at), text: at)
            } catch {
                throw Self.wrong("the time \(Self.shown(at)) \(error.message)", hint: error.hint)
            }
        case (nil, let every?):
            guard let zone else {
                throw Self.wrong("a cron expression needs a zone", hint: "say whose clock that is: Europe/Berlin")
            }
            do throws(ScheduleTextError) {
                return .every(Recurrence(try CronExpression(every), zone: try NamedZone(zone)))
            } catch {
                throw Self.wrong(
                    "'\(Self.shown(every))' by the clock of '\(Self.shown(zone))' \(error.message)",
                    hint: error.hint
                )
            }
        default:
            throw Self.wrong("it takes a time or a cron expression, one of them", hint: "give at, or every and zone")
        }
    }

    private static func wrong(_ message: String, hint: String) -> OperationError {
        OperationError(.usage, code: .badRequest, message: "\(message); nothing was planned", hint: hint)
    }

    private static func shown(_ text: String) -> String { String(text.prefix(64)) }

    private static func duration(
        _ seconds: Double?,
        _ what: String,
        _ range: ClosedRange<Duration>
    ) throws(OperationError) -> Duration? {
        guard let seconds else { return nil }
        guard seconds.isFinite, abs(seconds) < 1e9, range.contains(.seconds(seconds)) else {
            throw wrong(
                "\(what) is out of bounds",
                hint: "\(Quantity.text(range.lowerBound)) to \(Quantity.text(range.upperBound))"
            )
        }
        return .milliseconds(Int64((seconds * 1_000).rounded()))
    }

    /// A text that is kept on the brokers and shown on terminals.
    package static func text(_ text: String?, _ what: String) throws(OperationError) -> String? {
        guard let text, !text.isEmpty else { return nil }
        let isPlain = text.unicodeScalars.allSatisfy { $0.properties.generalCategory != .control }
        guard text.utf8.count <= ScheduleEntry.longestText, isPlain else {
            throw wrong(
                "\(what) is too long, or holds control characters",
                hint: "at most \(ScheduleEntry.longestText) bytes on one line"
            )
        }
        return text
    }
}

/// Who takes an entry back.
package struct ScheduleCancellation: Sendable, Hashable, Codable {
    /// Who asks for it.
    package var who: String?
    /// Why.
    package var why: String?

    /// Creates a request.
    package init(who: String? = nil, why: String? = nil) {
        self.who = who
        self.why = why
    }

    package func checked(now: Date) throws(OperationError) -> ScheduleEntry.Cancellation {
        ScheduleEntry.Cancellation(
            who: try ScheduleRequest.text(who, "who") ?? "unknown",
            when: now,
            why: try ScheduleRequest.text(why, "why")
        )
    }
}
