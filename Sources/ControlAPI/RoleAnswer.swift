import ControlModel

/// The body of `/active`, `/standby` and `/readyz`: load balancers look at the status, people at this.
struct RoleAnswer: Codable, Hashable {
    /// The active site by the record on the brokers.
    @OrNull var active: String?
    /// The standby site, likewise.
    @OrNull var standby: String?
    /// The pair's epoch, likewise.
    @OrNull var epoch: Int?
    /// Whether applications may use the active site.
    var open: Bool

    /// Takes the roles from a report of the pair.
    init(_ status: StatusReport) {
        self.open = status.isOpen
        self.active = status.active
        self.standby = status.standby
        self.epoch = status.epoch
    }

    /// Whether the site, or without a name the active site, is active and open.
    func isActive(_ site: String?) -> Bool {
        guard self.open, let active = self.active else { return false }
        return site == nil || site == active
    }

    /// Whether the site, or without a name some site, is the standby site.
    func isStandby(_ site: String?) -> Bool {
        guard let standby = self.standby else { return false }
        return site == nil || site == standby
    }
}
