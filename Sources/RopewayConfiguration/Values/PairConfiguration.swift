import Schedule

/// The validated configuration of one pair: two sites, and what is carried between them.
///
/// A value of this type only comes from ``load(path:environment:checkingReferences:)`` or
/// ``parse(_:file:environment:checkingReferences:)``, so whoever holds one need not check it again.
package struct PairConfiguration: Sendable, Equatable {
    /// The pair's name, `[a-z0-9-]{1,64}`; part of the name of every object on the brokers.
    package let name: String
    /// The site that is active at first start; afterwards the record in the brokers decides.
    package let active: String
    /// The site whose name sorts first.
    package let firstSite: SiteConfiguration
    /// The site whose name sorts second.
    package let secondSite: SiteConfiguration
    /// What is carried from the active to the standby site, in the order of the file.
    package let routes: [RouteConfiguration]
    /// Shovels, in the order of the file.
    package let shovels: [ShovelConfiguration]
    /// What is told of promotions, in the order of the file.
    package let hooks: [HookConfiguration]
    /// Whether the standby site's topology is kept as that of the active site.
    package let topology: TopologyConfiguration
    /// What a forced promotion may lose without a person's consent.
    package let budget: BudgetConfiguration
    /// Promotions that are planned, in the order of the file.
    package let schedule: [ScheduleEntry]
    /// How often and how patiently the sites' health is asked for.
    package let health: HealthConfiguration
    /// Where the HTTP API listens and what guards it.
    package let api: APIConfiguration

    /// Both sites, sorted by name.
    package var sites: [SiteConfiguration] { [self.firstSite, self.secondSite] }

    /// The site that is active at first start.
    package var activeSite: SiteConfiguration {
        self.firstSite.name == self.active ? self.firstSite : self.secondSite
    }

    /// The site of that name, if it is one of the two.
    package func site(named name: String) -> SiteConfiguration? {
        self.sites.first { $0.name == name }
    }

    /// The other site, if the name is one of the two.
    package func site(oppositeTo name: String) -> SiteConfiguration? {
        switch name {
        case self.firstSite.name: self.secondSite
        case self.secondSite.name: self.firstSite
        default: nil
        }
    }
}

extension PairConfiguration {
    /// Whether a text can be the name of a pair, a site or a route: `[a-z0-9-]{1,64}`.
    package static func isName(_ text: String) -> Bool { Cursor.isName(text) }
}
