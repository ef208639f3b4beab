import Schedule

extension PairConfiguration {
    private static let keys = [
        "pair", "active", "sites", "routes", "shovels", "federation", "fence", "budget", "schedule", "topology",
        "hooks", "health", "api",
    ]

    /// Reads the whole document.
    ///
    /// Here and in every reader below, `nil` means that something wrong was reported, never just absence; an optional
    /// part that is wrong may read as absent, since any reported problem keeps the result from being used.
    static func read(_ cursor: Cursor) -> PairConfiguration? {
        guard let fields = cursor.fields(Self.keys, expected: "a mapping that starts with pair: NAME") else {
            return nil
        }
        let name = fields.required("pair", hint: "give the pair a name, such as pair: orders-dr")?
            .name(expected: "the pair's name")
        let sites = Self.readSites(fields)
        let active = Self.readActive(fields, siteNames: Self.siteNames(fields))
        let routes = RouteConfiguration.readList(
            fields["routes"],
            siteWithoutStreams: sites.flatMap { sites in
                [sites.first, sites.second].first { $0.stream.isEmpty }?.name
            }
        )
        let shovels = ShovelConfiguration.readList(
            fields["shovels"],
            siteNames: Self.siteNames(fields),
            routeNames: Set(routes.map(\.name)),
            streamSites: sites.map { Set([$0.first, $0.second].filter { !$0.stream.isEmpty }.map(\.name)) }
        )
        let schedule = ScheduleEntry.readList(fields["schedule"], siteNames: Self.siteNames(fields))
        if fields["routes"] == nil && fields["shovels"] == nil {
            cursor.warning("neither routes nor shovels: nothing is carried", hint: "add a route")
        }
        let hooks = HookConfiguration.readList(fields["hooks"])
        Self.refuseWhatIsNotDone(fields)
        let topology = TopologyConfiguration.read(fields["topology"])
        let budget = BudgetConfiguration.read(fields["budget"])
        let health = HealthConfiguration.read(fields["health"])
        let api = APIConfiguration.read(fields["api"])

        guard let name, let active, let sites, let topology, let budget, let health, let api else { return nil }
        return PairConfiguration(
            name: name,
            active: active,
            firstSite: sites.first,
            secondSite: sites.second,
            routes: routes,
            shovels: shovels,
            hooks: hooks,
            topology: topology,
            budget: budget,
            schedule: schedule,
            health: health,
            api: api
        )
    }

    private static func readActive(_ fields: Fields, siteNames: [String]) -> String? {
        guard
            let cursor = fields.required("active", hint: "name the site that is active at first start"),
            let active = cursor.name(expected: "the name of a site")
        else { return nil }
        guard siteNames.isEmpty || siteNames.contains(active) else {
            cursor.error(
                "\(Shown.value(active)) is not one of the sites",
                hint: "one of \(siteNames.map(Shown.name).joined(separator: ", "))"
            )
            return nil
        }
        return active
    }

    /// The names under `sites`, however broken the sites are, so that one mistake is not reported in many places.
    private static func siteNames(_ fields: Fields) -> [String] {
        fields["sites"]?.scalarKeys ?? []
    }

    private static func readSites(_ fields: Fields) -> (first: SiteConfiguration, second: SiteConfiguration)? {
        guard let cursor = fields.required("sites", hint: "describe the two sites"),
            let pairs = cursor.pairs(expected: "a mapping of two sites")
        else { return nil }
        let sites = pairs.map { name, value -> SiteConfiguration? in
            if !Cursor.isName(name) {
                value.error("is not a site's name", hint: Cursor.nameHint)
            }
            return SiteConfiguration.read(value, name: name)
        }
        guard sites.count == 2 else {
            cursor.error("has \(sites.count) sites", hint: "a pair has exactly two")
            return nil
        }
        guard let one = sites[0], let other = sites[1] else { return nil }
        if one.virtualHost == other.virtualHost, !Set(one.amqp).isDisjoint(with: other.amqp) {
            // A relay between them would feed on what it publishes.
            let place = pairs[1].value.child("amqp")
            place.error(
                "has an address and virtual host of site \(Shown.name(one.name))",
                hint: "the sites of a pair are two clusters, or at least two virtual hosts"
            )
            return nil
        }
        return one.name < other.name ? (one, other) : (other, one)
    }

    private static func refuseWhatIsNotDone(_ fields: Fields) {
        let parts = [
            ("federation", "federation links", "carry the exchange by a route"),
            ("fence", "fences", "stop the applications of the old active site yourself before a promotion"),
        ]
        for (key, what, instead) in parts {
            guard let cursor = fields[key], !cursor.isNull, !cursor.isEmptyCollection else { continue }
            cursor.error("\(what) are not done in this version", hint: "remove \(key); \(instead)")
        }
    }
}
