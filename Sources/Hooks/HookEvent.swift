import FoundationEssentials

/// What a hook is told. Its JSON has every key; what is not known, or does not apply, is `null`.
package struct HookEvent: Sendable, Hashable {
    /// How a promotion ended, or why one would be refused.
    package struct Reason: Sendable, Hashable {
        /// A stable word.
        package var code: String
        package var message: String
        /// What to do about it.
        package var hint: String?

        package init(code: String, message: String, hint: String? = nil) {
            self.code = code
            self.message = message
            self.hint = hint
        }
    }

    /// A step of the promotion.
    package struct Step: Sendable, Hashable {
        /// A stable word, such as `draining`.
        package var step: String
        /// The site that it is about, where it names one.
        package var site: String?
        /// `pending`, `running` or `done`.
        package var state: String
        /// How long it took.
        package var seconds: Double?

        package init(step: String, site: String?, state: String, seconds: Double? = nil) {
            self.step = step
            self.site = site
            self.state = state
            self.seconds = seconds
        }
    }

    package var occasion: HookOccasion
    /// The name of the hook that is told.
    package var hook: String
    /// The same for every try of one run, and for no other run.
    package var run: String
    package var pair: String
    /// The site that becomes active, became it, or was to.
    package var site: String
    /// The site that was active before.
    package var from: String
    /// The epoch that the promotion makes or made; `nil` if it is not known.
    package var epoch: Int?
    /// `planned` or `forced`.
    package var kind: String
    /// The operation's id; `nil` before there is one.
    package var operation: String?
    /// When this was written.
    package var time: Date
    /// When the operation started, or is to start.
    package var started: Date?
    /// How it ended: the word that `history` has for it; `nil` before it has ended.
    package var result: String?
    /// Why it did not end as asked, or would be refused.
    package var reasons: [Reason]
    /// The routes that it works on; `nil` if they are not known.
    package var routes: [String]?
    /// Its steps; `nil` if they are not known.
    package var steps: [Step]?

    package init(
        occasion: HookOccasion,
        hook: String,
        run: String,
        pair: String,
        site: String,
        from: String,
        epoch: Int?,
        kind: String,
        operation: String?,
        time: Date,
        started: Date? = nil,
        result: String? = nil,
        reasons: [Reason] = [],
        routes: [String]? = nil,
        steps: [Step]? = nil
    ) {
        self.occasion = occasion
        self.hook = hook
        self.run = run
        self.pair = pair
        self.site = site
        self.from = from
        self.epoch = epoch
        self.kind = kind
        self.operation = operation
        self.time = time
        self.started = started
        self.result = result
        self.reasons = reasons
        self.routes = routes
        self.steps = steps
    }
}

extension HookEvent: Encodable {
    /// The version of the JSON: keys are added to it, and none is changed or taken away.
    package static let version = 1

    private enum CodingKeys: String, CodingKey {
        case version, event, hook, run, pair, site, from, epoch, kind, operation, time, started, result, reasons,
            routes,
            steps
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(Self.version, forKey: .version)
        try container.encode(occasion, forKey: .event)
        try container.encode(hook, forKey: .hook)
        try container.encode(run, forKey: .run)
        try container.encode(pair, forKey: .pair)
        try container.encode(site, forKey: .site)
        try container.encode(from, forKey: .from)
        try container.encode(epoch, forKey: .epoch)
        try container.encode(kind, forKey: .kind)
        try container.encode(operation, forKey: .operation)
        try container.encode(time, forKey: .time)
        try container.encode(started, forKey: .started)
        try container.encode(result, forKey: .result)
        try container.encode(reasons, forKey: .reasons)
        try container.encode(routes, forKey: .routes)
        try container.encode(steps, forKey: .steps)
    }

    /// The event as JSON on one line: keys sorted, times in ISO 8601 and UTC.
    package var json: [UInt8] {
        get throws {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
            encoder.dateEncodingStrategy = .iso8601
            return try Array(encoder.encode(self))
        }
    }
}

extension HookEvent.Reason: Encodable {
    private enum CodingKeys: String, CodingKey {
        case code, message, hint
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(code, forKey: .code)
        try container.encode(message, forKey: .message)
        try container.encode(hint, forKey: .hint)
    }
}

extension HookEvent.Step: Encodable {
    private enum CodingKeys: String, CodingKey {
        case step, site, state, seconds
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(step, forKey: .step)
        try container.encode(site, forKey: .site)
        try container.encode(state, forKey: .state)
        try container.encode(seconds, forKey: .seconds)
    }
}
