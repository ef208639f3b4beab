import Schedule

extension ScheduleEntry {
    private static let keys = [
        "promote", "at", "every", "zone", "grace", "if-lag-below", "expect-epoch", "timeout", "why", "drill",
    ]
    /// More is no plan but a mistake.
    private static let mostConfigured = 50

    /// Reads `schedule`: the valid entries, after everything wrong was reported.
    static func readList(_ cursor: Cursor?, siteNames: [String]) -> [ScheduleEntry] {
        guard let cursor, let elements = cursor.list(expected: "a list of planned promotions") else { return [] }
        guard elements.count <= mostConfigured else {
            cursor.error("has \(elements.count) entries", hint: "at most \(mostConfigured) are possible")
            return []
        }
        var lines: [String: Int] = [:]
        var entries: [ScheduleEntry] = []
        for element in elements {
            let expected = "a mapping such as {promote: dc2, at: \"2026-12-06T02:00:00+01:00\"}"
            guard let fields = element.fields(keys, expected: expected), let entry = read(fields, siteNames) else {
                continue
            }
            if let line = lines[entry.id] {
                element.error("plans the same as the entry of line \(line)", hint: "keep one of them")
            }
            lines[entry.id] = lines[entry.id] ?? element.line
            entries.append(entry)
        }
        return entries
    }

    private static func read(_ fields: Fields, _ siteNames: [String]) -> ScheduleEntry? {
        if let drill = fields["drill"] {
            drill.error("drills are not done in this version", hint: "plan promotions only: promote: dc2")
            return nil
        }
        let site = readSite(fields, siteNames)
        let timing = readTiming(fields)
        let grace = fields["grace"].map { $0.duration(in: graces) } ?? defaultGrace
        let lagLimit = optional(fields["if-lag-below"]) { $0.duration(in: lagLimits) }
        let timeout = optional(fields["timeout"]) { $0.duration(in: timeouts) }
        let epoch = optional(fields["expect-epoch"]) { $0.integer(in: 1...1_000_000_000, unit: "promotions") }
        let why = optional(fields["why"]) { $0.string(expected: "the reason, in words", longest: longestText) }
        guard let site, let timing, let grace, let lagLimit, let timeout, let epoch, let why else { return nil }
        if case .every = timing, epoch != nil {
            fields["expect-epoch"]?.error(
                "can't hold for a promotion that is repeated: each one makes another epoch",
                hint: "leave it out, or plan it once with at"
            )
            return nil
        }
        return ScheduleEntry(
            configured: site,
            timing: timing,
            grace: grace,
            lagLimit: lagLimit,
            expectedEpoch: epoch,
            timeout: timeout,
            why: why
        )
    }

    /// A value that may be absent: `nil` outside is wrong, `nil` inside is absent.
    private static func optional<Value>(_ cursor: Cursor?, _ read: (Cursor) -> Value?) -> Value?? {
        guard let cursor else { return .some(nil) }
        return read(cursor).map { .some($0) }
    }

    private static func readSite(_ fields: Fields, _ siteNames: [String]) -> String? {
        guard let cursor = fields.required("promote", hint: "name the site that becomes active, such as promote: dc2"),
            let site = cursor.name(expected: "the name of a site")
        else { return nil }
        guard siteNames.isEmpty || siteNames.contains(site) else {
            cursor.error(
                "\(Shown.value(site)) is not one of the sites",
                hint: "one of \(siteNames.map(Shown.name).joined(separator: ", "))"
            )
            return nil
        }
        return site
    }

    private static func readTiming(_ fields: Fields) -> Timing? {
        switch (fields["at"], fields["every"]) {
        case (let at?, nil):
            if let zone = fields["zone"] {
                zone.error("means nothing with at, which has an offset", hint: "leave it out")
                return nil
            }
            return readInstant(at)
        case (nil, let every?):
            return readRecurrence(every, fields)
        case (.some, let every?):
            every.error("can't be beside at", hint: "give either: at for once, every for again and again")
            return nil
        case (nil, nil):
            fields.missing("at", hint: "such as at: \"2026-12-06T02:00:00+01:00\", or every with a zone")
            return nil
        }
    }

    private static func readInstant(_ cursor: Cursor) -> Timing? {
        guard let text = cursor.string(expected: "a time such as \"2026-12-06T02:00:00+01:00\"", longest: 64) else {
            return nil
        }
        do throws(ScheduleTextError) {
            return .at(try RFC3339.date(text), text: text)
        } catch {
            cursor.error("\(Shown.value(text)) \(error.message)", hint: error.hint)
            return nil
        }
    }

    private static func readRecurrence(_ cursor: Cursor, _ fields: Fields) -> Timing? {
        let text = cursor.string(expected: "a cron expression such as \"0 4 * * 1\"", longest: 256)
        let zone = fields.required("zone", hint: "whose clock that is, such as zone: Europe/Berlin")
        let name = zone?.string(expected: "a zone such as Europe/Berlin", longest: 64)
        guard let text, let zone, let name else { return nil }
        var expression: CronExpression?
        var found: NamedZone?
        do throws(ScheduleTextError) {
            expression = try CronExpression(text)
        } catch {
            cursor.error("\(Shown.value(text)) \(error.message)", hint: error.hint)
        }
        do throws(ScheduleTextError) {
            found = try NamedZone(name)
        } catch {
            zone.error("\(Shown.value(name)) \(error.message)", hint: error.hint)
        }
        guard let expression, let found else { return nil }
        return .every(Recurrence(expression, zone: found))
    }
}
