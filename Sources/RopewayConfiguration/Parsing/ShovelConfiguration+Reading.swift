extension ShovelConfiguration {
    private static let keys = ["name", "source", "destination", "ack-mode", "prefetch-count"]
    /// AMQP's prefetch count has 16 bits.
    private static let prefetchCounts = 1...65_535
    private static let defaultPrefetchCount = 1_000

    /// Reads `shovels`: the valid ones, after everything wrong was reported.
    static func readList(_ cursor: Cursor?, siteNames: [String], routeNames: Set<String>) -> [ShovelConfiguration] {
        guard let elements = cursor?.list(expected: "a list of shovels") else { return [] }
        var names: [String: Int] = [:]
        var shovels: [ShovelConfiguration] = []
        for element in elements {
            guard let fields = element.fields(Self.keys, expected: "a mapping that describes a shovel") else {
                continue
            }
            let name = fields.required("name", hint: "such as name: audit")?.name(expected: "the shovel's name")
            if let name, let cursor = fields["name"] {
                if let line = names[name] {
                    cursor.error("\(Shown.value(name)) is also the shovel of line \(line)", hint: "names are unique")
                } else if routeNames.contains(name) {
                    cursor.error(
                        "\(Shown.value(name)) is also the name of a route",
                        hint: "commands take either by its name, so they differ"
                    )
                }
                names[name] = names[name] ?? cursor.line
            }
            if let shovel = Self.read(fields, name: name, siteNames: siteNames) { shovels.append(shovel) }
        }
        return shovels
    }

    private static func read(_ fields: Fields, name: String?, siteNames: [String]) -> ShovelConfiguration? {
        let source = fields.required("source", hint: "such as source: {site: dc1, queue: audit}")
            .flatMap { Source.read($0, siteNames: siteNames) }
        let destination = fields.required("destination", hint: "such as destination: {site: dc2, queue: audit}")
            .flatMap { Destination.read($0, siteNames: siteNames) }
        let mode = fields["ack-mode"].map { $0.choice(AcknowledgementMode.self) } ?? .onConfirm
        if let mode, mode != .onConfirm {
            fields["ack-mode"]?.error("\(mode.rawValue) is not done in this version", hint: "on-confirm")
        }
        let prefetchCount =
            fields["prefetch-count"].map { $0.integer(in: Self.prefetchCounts, unit: "messages") }
            ?? Self.defaultPrefetchCount
        if let source, let destination, source.site == destination.site, destination.target == .queue(source.queue) {
            fields["destination"]?.error("is the queue that the shovel consumes", hint: "name another queue or site")
        }
        guard let name, let source, let destination, let mode, let prefetchCount else { return nil }
        return ShovelConfiguration(
            name: name,
            source: source,
            destination: destination,
            acknowledgement: mode,
            prefetchCount: prefetchCount
        )
    }

    fileprivate static func readSite(_ fields: Fields, siteNames: [String]) -> String? {
        guard let cursor = fields.required("site", hint: "name one of the two sites"),
            let name = cursor.name(expected: "the name of a site")
        else { return nil }
        guard siteNames.isEmpty || siteNames.contains(name) else {
            cursor.error(
                "\(Shown.value(name)) is not one of the sites",
                hint: "one of \(siteNames.map(Shown.name).joined(separator: ", "))"
            )
            return nil
        }
        return name
    }
}

extension ShovelConfiguration.Source {
    fileprivate static func read(_ cursor: Cursor, siteNames: [String]) -> Self? {
        let known = ["site", "queue", "exchange", "routing-key"]
        guard let fields = cursor.fields(known, expected: "site and queue") else { return nil }
        let site = ShovelConfiguration.readSite(fields, siteNames: siteNames)
        let notDone = ["exchange", "routing-key"].compactMap { fields[$0] }
        for cursor in notDone {
            cursor.error(
                "a shovel from an exchange is not done in this version",
                hint: "bind a queue to the exchange and name that queue"
            )
        }
        guard let queue = fields["queue"] else {
            if notDone.isEmpty { fields.missing("queue", hint: "name the queue that the shovel consumes") }
            return nil
        }
        let name = queue.objectName(expected: "the name of a queue")
        guard let site, let name, notDone.isEmpty else { return nil }
        return Self(site: site, queue: name)
    }
}

extension ShovelConfiguration.Destination {
    fileprivate static func read(_ cursor: Cursor, siteNames: [String]) -> Self? {
        let known = ["site", "queue", "exchange", "routing-key"]
        guard let fields = cursor.fields(known, expected: "site and queue, or site and exchange") else { return nil }
        let site = ShovelConfiguration.readSite(fields, siteNames: siteNames)
        let queue = fields["queue"].map { $0.objectName(expected: "the name of a queue") }
        let exchange = fields["exchange"].map { $0.objectName(expected: "the name of an exchange") }
        let routingKey = fields["routing-key"].map {
            $0.string(expected: "a routing key", longest: 255, allowsEmpty: true)
        }
        if queue != nil, let other = fields["exchange"] ?? fields["routing-key"] {
            other.error("a queue is named as well", hint: "either queue, or exchange and routing-key")
            return nil
        }
        guard let site else { return nil }
        if let queue {
            return queue.map { Self(site: site, target: .queue($0)) }
        }
        // A key that is there and wrong is a reported error; a key that is absent keeps what the message came with.
        if case .some(.none) = exchange { return nil }
        if case .some(.none) = routingKey { return nil }
        return Self(site: site, target: .exchange(name: exchange ?? nil, routingKey: routingKey ?? nil))
    }
}
