import Schedule

/// The validated configuration of one pair: two sites, and what is carried between them.
///
/// A value of this type only comes from ``load(path:environment:checkingReferences:)`` or
/// ``parse(_:file:environment:checkingReferences:)``, so whoever holds one need not check it again.
public struct PairConfiguration: Sendable, Equatable {
    /// The pair's name, `[a-z0-9-]{1,64}`; part of the name of every object on the brokers.
    public let name: String
    /// The site that is active at first start; afterwards the record in the brokers decides.
    public let active: String
    /// The site whose name sorts first.
    public let firstSite: SiteConfiguration
    /// The site whose name sorts second.
    public let secondSite: SiteConfiguration
    /// What is carried from the active to the standby site, in the order of the file.
    public let routes: [RouteConfiguration]
    /// Shovels, in the order of the file.
    public let shovels: [ShovelConfiguration]
    /// What is told of promotions, in the order of the file.
    public let hooks: [HookConfiguration]
    /// Whether the standby site's topology is kept as that of the active site.
    public let topology: TopologyConfiguration
    /// Promotions that are planned, in the order of the file.
    public let schedule: [ScheduleEntry]
    /// How often and how patiently the sites' health is asked for.
    public let health: HealthConfiguration
    /// Where the HTTP API listens and what guards it.
    public let api: APIConfiguration

    /// Both sites, sorted by name.
    public var sites: [SiteConfiguration] { [self.firstSite, self.secondSite] }

    /// The site that is active at first start.
    public var activeSite: SiteConfiguration {
        self.firstSite.name == self.active ? self.firstSite : self.secondSite
    }

    /// The site that is standby at first start.
    public var standbySite: SiteConfiguration {
        self.firstSite.name == self.active ? self.secondSite : self.firstSite
    }

    /// The site of that name, if it is one of the two.
    public func site(named name: String) -> SiteConfiguration? {
        self.sites.first { $0.name == name }
    }

    /// The other site, if the name is one of the two.
    public func site(oppositeTo name: String) -> SiteConfiguration? {
        switch name {
        case self.firstSite.name: self.secondSite
        case self.secondSite.name: self.firstSite
        default: nil
        }
    }
}

extension PairConfiguration {
    /// Whether a text can be the name of a pair, a site or a route: `[a-z0-9-]{1,64}`.
    public static func isName(_ text: String) -> Bool { Cursor.isName(text) }
}
