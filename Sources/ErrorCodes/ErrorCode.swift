/// The stable word of an error or of a finding, as answers, records and logs have it. Words stay; new ones may come.
///
/// All of them are listed in `docs/errors.md`.
package enum ErrorCode: String, Sendable, Hashable, CaseIterable, CustomStringConvertible {
    // MARK: Asking a daemon

    /// Another process listens at the address of `api.listen`.
    case addressInUse = "address-in-use"
    /// The operation that is to be taken back is not the one that is under way.
    case anotherOperation = "another-operation"
    /// A request's body or query is not what the path takes.
    case badRequest = "bad-request"
    /// A request's body is longer than any that means something.
    case bodyTooLarge = "body-too-large"
    /// The address of `api.listen` can't be listened on.
    case cannotListen = "cannot-listen"
    /// The daemon stopped answering while a command waited for an operation, past its point of no return.
    case daemonLost = "daemon-lost"
    /// The daemon does not answer.
    case daemonSilent = "daemon-silent"
    /// What answers at the daemon's address gave an answer that this version does not understand.
    case daemonStrange = "daemon-strange"
    /// What `check` found out about the API's socket or port.
    case listener
    /// A listener of the API ended, and is opened again.
    case listenerEnded = "listener-ended"
    /// The path does not take the request's method.
    case methodNotAllowed = "method-not-allowed"
    /// A listener on loopback was asked under another machine's name.
    case misdirected
    /// No daemon of the pair answers.
    case noDaemon = "no-daemon"
    /// There is no place for the API's socket or token: neither `ROPEWAY_STATE` nor `HOME` is set.
    case noStateDirectory = "no-state-directory"
    /// The daemon's token is not where the command looks for it.
    case noToken = "no-token"
    /// An answer can't be written as JSON: a fault of Ropeway.
    case notEncodable = "not-encodable"
    /// Nothing is at the path, or it has no such operation or site.
    case notFound = "not-found"
    /// The daemon was restarted and does not know the operation that a command waits for.
    case operationForgotten = "operation-forgotten"
    /// The API's socket, its directory or who listens there belongs to another user.
    case socketForeign = "socket-foreign"
    /// Another daemon listens at the API's socket.
    case socketInUse = "socket-in-use"
    /// The API's socket was deleted or replaced, and is made again.
    case socketLost = "socket-lost"
    /// The API's socket can't be made, or others can write to its directory.
    case socketUnusable = "socket-unusable"
    /// The file of the API's token can't be read or written.
    case tokenFileUnusable = "token-file-unusable"
    /// The token that `api.token` refers to can't be read.
    case tokenUnreadable = "token-unreadable"
    /// More requests came than are worked on at once, or than one client may send.
    case tooManyRequests = "too-many-requests"
    /// A request carries no valid token; of a site: it refuses Ropeway's user.
    case unauthorized

    // MARK: Commands and configuration

    /// The file of `ropeway pair` is that of another pair.
    case anotherConfiguration = "another-configuration"
    /// An address of `ropeway pair` can't be read.
    case badAddress = "bad-address"
    /// The configuration is not valid.
    case badConfiguration = "bad-configuration"
    /// What was given can't be a name.
    case badName = "bad-name"
    /// What `check` found out about the configuration.
    case configuration
    /// A person was asked and said no.
    case declined
    /// A signal ended a command or the operation that it carried out.
    case interrupted
    /// A site tells of no AMQP listener.
    case noAmqpListener = "no-amqp-listener"
    /// No password is known for a user, and nobody is there to be asked.
    case noPassword = "no-password"
    /// Both sites are said to be gone.
    case noSite = "no-site"
    /// No user is named for a site.
    case noUser = "no-user"
    /// Somebody would have to agree, and nobody can be asked.
    case notConfirmed = "not-confirmed"
    /// A file, or something that is kept on the brokers, could not be written.
    case notWritten = "not-written"
    /// A password or certificate can't be read.
    case secretUnreadable = "secret-unreadable"
    /// The route that is to be removed is in the configuration.
    case stillConfigured = "still-configured"
    /// The route that is to be removed is relayed by a daemon.
    case stillRelayed = "still-relayed"
    /// The schedule has no entry of that id.
    case unknownEntry = "unknown-entry"
    /// The configuration has no route or shovel of that name.
    case unknownName = "unknown-name"
    /// The pair has no site of that name.
    case unknownSite = "unknown-site"

    // MARK: Leading and promoting

    /// A planned promotion was taken back.
    case aborted
    /// The site is active already.
    case alreadyActive = "already-active"
    /// What was accepted to be lost was accepted too long ago.
    case consentExpired = "consent-expired"
    /// The drain failed: a capture took no sentinel, or the active site was lost.
    case drainFailed = "drain-failed"
    /// This process ends.
    case ending
    /// The pair is in another epoch than the one that was given.
    case epochMismatch = "epoch-mismatch"
    /// An operation failed, as the record has it.
    case failed
    /// Messages of a route may be missing.
    case gap
    /// A gap could not be acknowledged.
    case gapNotAcknowledged = "gap-not-acknowledged"
    /// The gaps that are kept at a site can't be read.
    case gapsUnreadable = "gaps-unreadable"
    /// An operation was held for a person, as the record has it.
    case held
    /// A hook that comes before the promotion failed.
    case hookVeto = "hook-veto"
    /// An operation was not finished, as the record has it.
    case incomplete
    /// Publishers were not stopped for a planned promotion.
    case lateMessages = "late-messages"
    /// This daemon does not hold the lock that a shovel runs under.
    case lockAwaited = "lock-awaited"
    /// The lock that a promotion works under was lost.
    case lockLost = "lock-lost"
    /// A site's lock can't be had, since the site does not answer.
    case lockUnreachable = "lock-unreachable"
    /// A site's lock queue is not as it must be.
    case lockUnusable = "lock-unusable"
    /// No operation is under way.
    case noOperation = "no-operation"
    /// A site has no record of the pair, or could not tell of it.
    case noRecord = "no-record"
    /// No routes run that could be drained.
    case noRelay = "no-relay"
    /// The pair's objects are not watched by this process.
    case notCompared = "not-compared"
    /// This daemon does not run the route.
    case notRelaying = "not-relaying"
    /// This process works on another operation.
    case operationRunning = "operation-running"
    /// A promotion is under way, so that topologies are left alone.
    case operationUnderWay = "operation-under-way"
    /// Another process ended the operation, and the record does not say how.
    case operationUnknown = "operation-unknown"
    /// The record tells of a promotion that is not finished.
    case operationUnfinished = "operation-unfinished"
    /// A forced promotion would lose more than the budget, or nobody knows how much, and nobody has accepted that.
    case overBudget = "over-budget"
    /// The operation can't be taken back any more.
    case pastPointOfNoReturn = "past-point-of-no-return"
    /// A pause, or its end, could not be written down.
    case pauseNotKept = "pause-not-kept"
    /// Nothing is in the way of a promotion.
    case promotable
    /// A site's record could not be written.
    case recordNotWritten = "record-not-written"
    /// No record could be read, or whether one was written is unknown.
    case recordUnknown = "record-unknown"
    /// The records contradict each other, or went back.
    case recordsHeld = "records-held"
    /// The site is active and its replay is not complete.
    case replayIncomplete = "replay-incomplete"
    /// Another process holds the lock.
    case standingBy = "standing-by"
    /// A step of a promotion failed.
    case stepFailed = "step-failed"
    /// The store of a route was deleted, or cut, purged or declared again after it was sealed.
    case storeMissing = "store-missing"
    /// Another operation took this one over.
    case takenOver = "taken-over"
    /// A broker of the site that is to be promoted is in an alarm.
    case targetAlarm = "target-alarm"
    /// The site that is to be promoted could not be checked.
    case targetUnreachable = "target-unreachable"
    /// A planned promotion was not past its point of no return in time; of a hook: it did not end in time.
    case timedOut = "timed-out"
    /// A planned promotion failed and its intent is still in the record.
    case undoFailed = "undo-failed"

    // MARK: Schedule

    /// The entry is being begun at this moment.
    case beingBegun = "being-begun"
    /// The clock was put back, and what was planned in between is not done twice.
    case clockPutBack = "clock-put-back"
    /// The entry stands in the configuration, and is cancelled there.
    case configured
    /// How a site is, is not known, and a condition asks for it.
    case healthUnknown = "health-unknown"
    /// A route is further behind than the entry allows.
    case lagAbove = "lag-above"
    /// How far a route is behind is not known.
    case lagUnknown = "lag-unknown"
    /// Nobody could begin it before the next one was due, or within the grace.
    case missed
    /// This daemon does not lead the pair.
    case notLeading = "not-leading"
    /// That it was begun could not be written at both sites in time.
    case notMarked = "not-marked"
    /// The pair is not protected.
    case notProtected = "not-protected"
    /// It was not run.
    case notRun = "not-run"
    /// The entry's time has come.
    case over
    /// Another entry plans the same.
    case plannedAlready = "planned-already"
    /// What the sites have of the schedule could not be read yet.
    case scheduleUnread = "schedule-unread"
    /// What is planned can't be read at a site.
    case scheduleUnreadable = "schedule-unreadable"
    /// A site is degraded, and a condition asks for a healthy one.
    case siteDegraded = "site-degraded"
    /// This daemon has just begun to lead.
    case starting
    /// The time that was given has passed.
    case timePassed = "time-passed"
    /// As many entries wait as may.
    case tooManyEntries = "too-many-entries"

    // MARK: Routes, shovels and replays

    /// The broker refuses bindings that the capture should have.
    case bindingRefused = "binding-refused"
    /// The destination blocked publishers for longer than deliveries may stay unacknowledged.
    case blocked
    /// The capture's type is the operator's choice on this site, and the configuration names none.
    case captureTypeUndecided = "capture-type-undecided"
    /// A capture has lost the majority of its members.
    case captureWithoutMajority = "capture-without-majority"
    /// The standby store no longer reaches back to what may not be consumed: a promotion would lose it.
    case coverageNegative = "coverage-negative"
    /// What may not be consumed leaves the standby store soon.
    case coverageShort = "coverage-short"
    /// The destination blocks publishers: an alarm of memory or disk.
    case destinationBlocked = "destination-blocked"
    /// The stream that is the destination does not know any more how far it was copied.
    case destinationForgot = "destination-forgot"
    /// The stream that is the destination is the source itself.
    case destinationIsSource = "destination-is-source"
    /// The connection to the destination was lost, or refused something.
    case destinationLost = "destination-lost"
    /// The queue that is the destination is not there.
    case destinationMissing = "destination-missing"
    /// The destination refuses messages (`basic.nack`).
    case destinationRefuses = "destination-refuses"
    /// The destination's connection takes nothing.
    case destinationSilent = "destination-silent"
    /// The epoch in which a route publishes has ended: its store's site was promoted.
    case epochEnded = "epoch-ended"
    /// A route's exchange does not exist.
    case exchangeMissing = "exchange-missing"
    /// The exchange is of a type that can't be captured.
    case exchangeRefused = "exchange-refused"
    /// An object of that name exists with other properties.
    case inequivalent
    /// The site's user lacks a tag or a permission.
    case missingRights = "missing-rights"
    /// This version of Ropeway, or the broker, can't do what the configuration asks for.
    case notSupported = "not-supported"
    /// Where an offset of a stream is in its copy can't be said.
    case offsetUnknown = "offset-unknown"
    /// An object that should be there is not.
    case objectMissing = "object-missing"
    /// Somebody else's policy would expire, trim or dead-letter an own queue.
    case policyConflict = "policy-conflict"
    /// A broker told something that can't be.
    case protocolFault = "protocol-fault"
    /// A message can't be delivered, and its quarantine did not take it.
    case quarantineFailed = "quarantine-failed"
    /// The broker refused something; of a hook: it was answered with a refusal.
    case refused
    /// A route can't be begun with what the configuration says.
    case routeInvalid = "route-invalid"
    /// Capturing would change what publishers see, and the configuration does not accept that.
    case routingChange = "routing-change"
    /// A shovel can't be begun with what the configuration says.
    case shovelInvalid = "shovel-invalid"
    /// A site that a shovel needs refuses its user.
    case siteUnauthorized = "site-unauthorized"
    /// A site does not answer, and something needs it.
    case siteUnreachable = "site-unreachable"
    /// The connection to the source was lost, or refused something.
    case sourceLost = "source-lost"
    /// The stream that is the source is not there, or has no leader.
    case sourceMissing = "source-missing"
    /// The stream that is the source was deleted and declared again.
    case sourceRecreated = "source-recreated"
    /// The stream that is the source lost its newest messages.
    case sourceShortened = "source-shortened"
    /// The source's retention removed messages before they were copied.
    case streamOvertaken = "stream-overtaken"
    /// There was work, and no confirm or delivery came for 30 s.
    case stalled
    /// A standby store is gone, or is not the one that it was.
    case storeLost = "store-lost"
    /// The destination's own objects are not as they must be, and are declared again.
    case topology
    /// A message will never pass, and there is no quarantine for it.
    case undeliverable
    /// A site, or its management API, does not answer.
    case unreachable
    /// Messages in a row had no queue at a shovel's destination exchange.
    case unroutable

    // MARK: Checks

    /// The exchange has an alternate exchange that leads somewhere, and no route captures what goes there.
    case alternateExchange = "alternate-exchange"
    /// Messages that a queue takes on the active site would be unroutable on the promoted one.
    case bindingMissing = "binding-missing"
    /// So would messages for a queue that comes and goes with its consumer, unless it is back by then.
    case bindingTemporary = "binding-temporary"
    /// A health check of a node fails.
    case nodeCheck = "check-NAME"
    /// A site is degraded.
    case degraded
    /// A route's exchange is there and bound.
    case exchange
    /// The route's exchange has other properties on the promoted site.
    case exchangeDiffers = "exchange-differs"
    /// Nothing is bound to the route's exchange on the active site: nothing is captured.
    case exchangeIdle = "exchange-idle"
    /// The route's exchange is of another type on the promoted site.
    case exchangeTypeDiffers = "exchange-type-differs"
    /// Nothing is bound to the route's exchange on the promoted site.
    case exchangeUnbound = "exchange-unbound"
    /// A site answers, and all checks of its nodes pass.
    case healthy
    /// A hook can't be run: its program is missing or not executable, or what it refers to can't be read.
    case hookUnusable = "hook-unusable"
    /// Something could not be read over the management API of a site.
    case management
    /// The other site did not answer in time, and the promoted one could not be compared with it.
    case otherSiteUnknown = "other-site-unknown"
    /// Passwords go to a listener of another machine without TLS.
    case passwordUnencrypted = "password-unencrypted"
    /// A proxy in front of the management API decodes `%2F`.
    case pathDecoded = "path-decoded"
    /// The user lacks a permission that a promotion of the site needs.
    case permissionMissing = "permission-missing"
    /// The user may not publish some routing keys; the finding's code is `permission-missing`.
    case permissionPartial = "permission-partial"
    /// Whether the user has a permission could not be asked, as in an alarm.
    case permissionUnknown = "permission-unknown"
    /// A quarantine holds messages that could not be delivered: the other site, or its applications, lack them.
    case quarantineHolds = "quarantine-holds"
    /// An operator has paused a route.
    case routePaused = "route-paused"
    /// The user may not declare the quarantine: the first message that can't be delivered stops its route or replay.
    case quarantinePermissionMissing = "quarantine-permission-missing"
    /// A queue of the promoted site has a length limit: it may refuse a part of a replay, or drop it.
    case queueBounded = "queue-bounded"
    /// A queue of the standby site has consumers: they get a replay before the promotion has ended.
    case queueConsumed = "queue-consumed"
    /// A queue behind the exchange has another type or other arguments on the promoted site.
    case queueDiffers = "queue-differs"
    /// A queue of the promoted site expires, dead-letters or limits deliveries.
    case queueExpires = "queue-expires"
    /// A queue of the promoted site refuses messages at a length that the replay exceeds: it would stand still.
    case queueFull = "queue-full"
    /// The virtual host's `max-queues` leaves no room for the own queues that are missing.
    case queueLimit = "queue-limit"
    /// A queue behind the exchange on the active site is not behind it on the promoted one.
    case queueMissing = "queue-missing"
    /// The pair's records can't be read, or contradict each other.
    case record
    /// One site's record could not be read; the finding's code is `record`.
    case recordOneSided = "record-one-sided"
    /// The route can't be set up: the finding's code is that of the route's error in the status, such as .
    case route
    /// A capture or store of a route that is not configured holds messages, which nobody relays or replays; .
    case routeOrphaned = "route-orphaned"
    /// The user lacks a permission that the route needs.
    case routePermissionMissing = "route-permission-missing"
    /// A site is degraded, unreachable or unauthorized; the finding's code is that word.
    case siteState = "site-state"
    /// The standby store can't be set up, or not be relied on; the finding's code as for `route`.
    case store
    /// The store is a stream on a site of one node: a stream's confirm is not an fsync.
    case storeOnOneNode = "store-on-one-node"
    /// A site does not answer over the stream protocol, which its configuration names: stream stores are written and read
    /// over AMQP.
    case storeOverAMQP = "store-over-amqp"
    /// The capture is a stream, which changes some messages, and closes the connections of some publishers.
    case streamCapture = "stream-capture"
    /// A site does not answer over the stream protocol, and a route has a stream capture.
    case streamUnreachable = "stream-unreachable"
    /// The user for policies and records has neither the tag `policymaker` nor `administrator`.
    case tagMissing = "tag-missing"
    /// The user that relays has neither the tag `monitoring` nor `administrator`: nodes and lock holders can't be told.
    case tagMonitoringMissing = "tag-monitoring-missing"
    /// The site's virtual host does not exist, or its user has no access to it.
    case virtualHostMissing = "virtual-host-missing"
    /// After a promotion, the route in the other direction could not be set up.
    case wayBack = "way-back"

    // MARK: Topologies

    /// A file of definitions, or what a site exports, can't be read.
    case definitionsUnreadable = "definitions-unreadable"
    /// The pair was promoted between the comparison and the sync.
    case directionChanged = "direction-changed"
    /// The user may not read or change the definitions.
    case forbidden
    /// The standby site still takes itself for the active one.
    case siteOutdated = "site-outdated"
    /// A site did not answer in time.
    case siteSilent = "site-silent"
    /// The sync ended before everything was tried.
    case stopped
    /// The sync ended before everything was tried, and is tried again.
    case topologyStopped = "topology-stopped"

    // MARK: Setting up and removing a pair

    /// A node is in an alarm of memory or disk.
    case alarm
    /// No AMQP connection to a site could be had.
    case amqpUnreachable = "amqp-unreachable"
    /// The addresses of a site lead to another virtual host than the configuration names.
    case anotherVirtualHost = "another-virtual-host"
    /// The clocks of the sites differ.
    case clock
    /// A site does not say what time it is there.
    case clockUnknown = "clock-unknown"
    /// The limits of the routes come to more than the disk has.
    case diskSpace = "disk-space"
    /// A capture holds messages that were published before the other site was promoted.
    case leftBehind = "left-behind"
    /// Another process holds the lock.
    case locked
    /// A node of a site is down.
    case nodeDown = "node-down"
    /// What there is of a pair could not be read.
    case notRead = "not-read"
    /// A capture holds messages that the other site does not have yet.
    case notRelayed = "not-relayed"
    /// A site has nothing of the pair, and the other one has.
    case nothingThere = "nothing-there"
    /// A store may hold the only copy of messages of a site that does not answer.
    case onlyCopy = "only-copy"
    /// The sites have nothing of this pair, and objects of another.
    case otherPair = "other-pair"
    /// A site has objects of a pair of that name already.
    case pairExists = "pair-exists"
    /// A user has, or lacks, a permission.
    case permission
    /// A quarantine holds messages that nobody else has.
    case quarantined
    /// A queue that no exchange leads to is not captured.
    case queueWithoutExchange = "queue-without-exchange"
    /// Both addresses lead to the same cluster and virtual host.
    case sameCluster = "same-cluster"
    /// The addresses are those of the wrong sites, or the pair's daemons run.
    case sitesMistaken = "sites-mistaken"
    /// Statistics are switched off at a site, so that limits can't be proposed from rates.
    case statisticsDisabled = "statistics-disabled"
    /// A user lacks a tag.
    case userTags = "user-tags"
    /// The version of RabbitMQ at a site.
    case version
    /// A virtual host does not exist, or its user has no access to it.
    case vhostMissing = "vhost-missing"

    // MARK: Hooks

    /// A hook was called off.
    case cancelled
    /// A hook's program returned another status than 0.
    case exited
    /// A webhook could not be delivered.
    case notDelivered = "not-delivered"
    /// A hook's program could not be run.
    case notStarted = "not-started"
    /// A hook's program was ended by a signal.
    case signalled

    // MARK: Others

    /// A daemon of another version gave a reason that this command does not know.
    case unrecognized

    /// The word.
    package var description: String { self.rawValue }
}
