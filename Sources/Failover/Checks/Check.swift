import ErrorCodes

/// One thing that is looked at before and while a pair works: by `check`, by a plan and its dry run, and by the promotion
/// itself. All of them go through one list, ``all``.
package struct Check: Sendable, Hashable {
    /// What it means where it is not as it should be.
    package enum Severity: String, Sendable, Hashable, CaseIterable {
        /// `check` ends with 3; a promotion is refused before anything is changed.
        case refuses
        /// It is told of.
        case warns
        /// It is not looked at.
        case notLookedAt = "-"
    }

    /// A stable word, such as `exchange-missing`.
    package var code: ErrorCode
    /// What is wrong where it speaks up.
    package var meaning: String
    /// For `check`.
    package var inCheck: Severity
    /// For a planned promotion, its plan and its dry run.
    package var planned: Severity
    /// For a forced one, its plan and its dry run.
    package var forced: Severity

    private init(
        _ code: ErrorCode,
        _ meaning: String,
        check: Severity,
        planned: Severity,
        forced: Severity
    ) {
        self.code = code
        self.meaning = meaning
        self.inCheck = check
        self.planned = planned
        self.forced = forced
    }

    /// What it means for a purpose.
    func severity(for purpose: CheckPurpose) -> Severity {
        switch purpose {
        case .check: inCheck
        case .planned: planned
        case .forced: forced
        }
    }
}

/// What checks are evaluated for.
package enum CheckPurpose: Sendable, Hashable {
    /// `ropeway check`, and the daemon's own watch: both sites, and a promotion of either.
    case check
    /// A planned promotion of a site.
    case planned(target: String)
    /// A forced promotion of a site, which needs nothing of the other one.
    case forced(target: String)
}

extension Check {
    // MARK: Sites

    static let siteState = Check(
        .siteState,
        "a site is degraded, unreachable or unauthorized; the finding's code is that word",
        check: .refuses,
        planned: .notLookedAt,
        forced: .notLookedAt
    )
    static let nodeCheck = Check(
        .nodeCheck,
        "a health check of a node fails",
        check: .refuses,
        planned: .notLookedAt,
        forced: .notLookedAt
    )
    static let record = Check(
        .record,
        "the pair's records can't be read, or contradict each other",
        check: .refuses,
        planned: .notLookedAt,
        forced: .notLookedAt
    )
    static let recordOneSided = Check(
        .recordOneSided,
        "one site's record could not be read; the finding's code is `record`",
        check: .warns,
        planned: .notLookedAt,
        forced: .notLookedAt
    )
    static let virtualHostMissing = Check(
        .virtualHostMissing,
        "the site's virtual host does not exist, or its user has no access to it",
        check: .refuses,
        planned: .refuses,
        forced: .refuses
    )
    static let virtualHostUnaddressable = Check(
        .pathDecoded,
        "a proxy in front of the management API decodes `%2F`",
        check: .refuses,
        planned: .refuses,
        forced: .refuses
    )
    static let tagMissing = Check(
        .tagMissing,
        "the user for policies and records has neither the tag `policymaker` nor `administrator`",
        check: .refuses,
        planned: .refuses,
        forced: .warns
    )
    static let tagMonitoring = Check(
        .tagMonitoringMissing,
        "the user that relays has neither the tag `monitoring` nor `administrator`: nodes and lock holders can't be told",
        check: .warns,
        planned: .notLookedAt,
        forced: .notLookedAt
    )
    static let management = Check(
        .management,
        "something could not be read over the management API of a site",
        check: .refuses,
        planned: .warns,
        forced: .warns
    )
    static let targetUnreachable = Check(
        .targetUnreachable,
        "the promoted site could not be looked at",
        check: .notLookedAt,
        planned: .refuses,
        forced: .refuses
    )
    static let queueLimit = Check(
        .queueLimit,
        "the virtual host's `max-queues` leaves no room for the own queues that are missing",
        check: .refuses,
        planned: .refuses,
        forced: .warns
    )
    static let passwordUnencrypted = Check(
        .passwordUnencrypted,
        "passwords go to a listener of another machine without TLS",
        check: .warns,
        planned: .notLookedAt,
        forced: .notLookedAt
    )
    static let lock = Check(
        .lockUnusable,
        "the lock's queue exists and is no quorum queue with a single active consumer, or may not be declared",
        check: .refuses,
        planned: .refuses,
        forced: .refuses
    )

    // MARK: Routes

    static let exchangeMissing = Check(
        .exchangeMissing,
        "the route's exchange does not exist on a site",
        check: .refuses,
        planned: .refuses,
        forced: .refuses
    )
    static let exchangeIdle = Check(
        .exchangeIdle,
        "nothing is bound to the route's exchange on the active site: nothing is captured",
        check: .warns,
        planned: .warns,
        forced: .notLookedAt
    )
    static let route = Check(
        .route,
        "the route can't be set up: the finding's code is that of the route's error in the status, such as "
            + "`routing-change`, `exchange-refused`, `policy-conflict`, `inequivalent`, `missing-rights`",
        check: .refuses,
        planned: .refuses,
        forced: .notLookedAt
    )
    static let store = Check(
        .store,
        "the standby store can't be set up, or not be relied on; the finding's code as for `route`",
        check: .refuses,
        planned: .refuses,
        forced: .warns
    )
    static let routeOrphaned = Check(
        .routeOrphaned,
        "a capture or store of a route that is not configured holds messages, which nobody relays or replays; "
            + "`--accept-gap` promotes all the same",
        check: .refuses,
        planned: .refuses,
        forced: .refuses
    )
    static let quarantineHolds = Check(
        .quarantineHolds,
        "a quarantine holds messages that could not be delivered: the other site, or its applications, lack them",
        check: .warns,
        planned: .warns,
        forced: .warns
    )
    static let routePaused = Check(
        .routePaused,
        "an operator has paused a route: what it captures stays on the active site, and a planned promotion waits for it",
        check: .warns,
        planned: .warns,
        forced: .warns
    )
    static let wayBack = Check(
        .wayBack,
        "after a promotion, the route in the other direction could not be set up",
        check: .warns,
        planned: .warns,
        forced: .warns
    )
    static let captureWithoutMajority = Check(
        .captureWithoutMajority,
        "a quorum capture has lost its majority: publishers' confirms are held up",
        check: .refuses,
        planned: .refuses,
        forced: .notLookedAt
    )
    static let alternateExchange = Check(
        .alternateExchange,
        "the exchange has an alternate exchange that leads somewhere, and no route captures what goes there",
        check: .refuses,
        planned: .refuses,
        forced: .warns
    )
    static let routePermission = Check(
        .routePermissionMissing,
        "the user lacks a permission that the route needs",
        check: .refuses,
        planned: .refuses,
        forced: .notLookedAt
    )
    static let streamNotSynced = Check(
        .storeOnOneNode,
        "the store is a stream on a site of one node: a stream's confirm is not an fsync",
        check: .warns,
        planned: .notLookedAt,
        forced: .notLookedAt
    )

    static let streamUnreachable = Check(
        .streamUnreachable,
        "a site does not answer over the stream protocol, and a route has a stream capture",
        check: .refuses,
        planned: .refuses,
        forced: .refuses
    )
    static let storeOverAMQP = Check(
        .storeOverAMQP,
        "a site does not answer over the stream protocol, which its configuration names: stream stores are written and read "
            + "over AMQP",
        check: .warns,
        planned: .notLookedAt,
        forced: .notLookedAt
    )
    static let streamCapture = Check(
        .streamCapture,
        "the capture is a stream, which changes some messages, and closes the connections of some publishers",
        check: .warns,
        planned: .notLookedAt,
        forced: .notLookedAt
    )

    // MARK: What the promoted site would do differently

    static let exchangeUnbound = Check(
        .exchangeUnbound,
        "nothing is bound to the route's exchange on the promoted site",
        check: .refuses,
        planned: .refuses,
        forced: .refuses
    )
    static let exchangeType = Check(
        .exchangeTypeDiffers,
        "the route's exchange is of another type on the promoted site",
        check: .refuses,
        planned: .refuses,
        forced: .refuses
    )
    static let exchangeArguments = Check(
        .exchangeDiffers,
        "the route's exchange has other properties on the promoted site",
        check: .warns,
        planned: .warns,
        forced: .warns
    )
    static let bindingMissing = Check(
        .bindingMissing,
        "messages that a queue takes on the active site would be unroutable on the promoted one",
        check: .refuses,
        planned: .refuses,
        forced: .warns
    )
    static let bindingTemporary = Check(
        .bindingTemporary,
        "so would messages for a queue that comes and goes with its consumer, unless it is back by then",
        check: .warns,
        planned: .warns,
        forced: .warns
    )
    static let queueMissing = Check(
        .queueMissing,
        "a queue behind the exchange on the active site is not behind it on the promoted one",
        check: .warns,
        planned: .warns,
        forced: .warns
    )
    static let queueDiffers = Check(
        .queueDiffers,
        "a queue behind the exchange has another type or other arguments on the promoted site",
        check: .warns,
        planned: .warns,
        forced: .warns
    )
    static let queueFull = Check(
        .queueFull,
        "a queue of the promoted site refuses messages at a length that the replay exceeds: it would stand still",
        check: .refuses,
        planned: .refuses,
        forced: .warns
    )
    static let queueBounded = Check(
        .queueBounded,
        "a queue of the promoted site has a length limit: it may refuse a part of a replay, or drop it",
        check: .warns,
        planned: .warns,
        forced: .warns
    )
    static let queueExpires = Check(
        .queueExpires,
        "a queue of the promoted site expires, dead-letters or limits deliveries",
        check: .warns,
        planned: .warns,
        forced: .warns
    )
    static let queueConsumed = Check(
        .queueConsumed,
        "a queue of the standby site has consumers: they get a replay before the promotion has ended",
        check: .warns,
        planned: .warns,
        forced: .warns
    )
    static let permission = Check(
        .permissionMissing,
        "the user lacks a permission that a promotion of the site needs",
        check: .refuses,
        planned: .refuses,
        forced: .refuses
    )
    static let permissionPartial = Check(
        .permissionPartial,
        "the user may not publish some routing keys; the finding's code is `permission-missing`",
        check: .warns,
        planned: .warns,
        forced: .warns
    )
    static let quarantinePermission = Check(
        .quarantinePermissionMissing,
        "the user may not declare the quarantine: the first message that can't be delivered stops its route or replay",
        check: .warns,
        planned: .warns,
        forced: .warns
    )
    static let permissionUnknown = Check(
        .permissionUnknown,
        "whether the user has a permission could not be asked, as in an alarm",
        check: .warns,
        planned: .warns,
        forced: .warns
    )
    static let hookUnusable = Check(
        .hookUnusable,
        "a hook can't be run: its program is missing or not executable, or what it refers to can't be read",
        check: .refuses,
        planned: .refuses,
        forced: .warns
    )
    static let otherSiteUnknown = Check(
        .otherSiteUnknown,
        "the other site did not answer in time, and the promoted one could not be compared with it",
        check: .notLookedAt,
        planned: .warns,
        forced: .warns
    )

    /// All checks, in the order of the documentation.
    package static let all: [Check] = [
        siteState, nodeCheck, record, recordOneSided, virtualHostMissing, virtualHostUnaddressable, tagMissing,
        tagMonitoring, management, targetUnreachable, queueLimit, passwordUnencrypted,
        lock, exchangeMissing, exchangeIdle, route, store,
        routeOrphaned, quarantineHolds, routePaused, wayBack, captureWithoutMajority, alternateExchange,
        routePermission, streamNotSynced, streamUnreachable, storeOverAMQP, streamCapture,
        exchangeUnbound, exchangeType, exchangeArguments, bindingMissing, bindingTemporary, queueMissing, queueDiffers,
        queueFull, queueBounded, queueExpires, queueConsumed, permission, permissionPartial, quarantinePermission,
        permissionUnknown, hookUnusable, otherSiteUnknown,
    ]
}
