/// Why a rule doesn't hold, in words for an operator.
package enum Obstacle: Sendable, Hashable, CustomStringConvertible {
    case notQuorum
    case notClassic
    case otherType
    case deadLetters
    case priorities
    case prioritised(UInt64?)
    case refuses
    case delaysRetries
    case noMajority
    case noRaftFigures
    case noTerm
    case noMachineVersion
    case machineVersion(Int)
    case snapshotBehind
    case unconfirmedLoss
    case noHead
    case noTimestamp
    case untimed(UInt64?)
    case pagedOut
    case otherFeeds
    case feedsUnknown
    case notRunning
    case lateFigures
    case noDepth
    case notEmpty
    case emptyOnce
    case contradicted
    case noConsumerToVouch
    case uncommitted
    case noSurroundings
    case noCounters
    case noChannels
    case channelsBusy(Int)
    case noProcessingLimit
    case requeued
    case noDeliverySince
    case notReached
    case nothingConfirmed
    case orderUnknown
    case unsettled
    case waiting

    package var description: String {
        switch self {
        case .notQuorum: "not a quorum queue"
        case .notClassic: "not a classic queue"
        case .otherType: "neither a classic nor a quorum queue"
        case .deadLetters: "the queue dead-letters, or another does to it: what left it may wait in another queue"
        case .priorities: "the queue has priorities"
        case .prioritised(let count?): "\(count) messages with a priority"
        case .prioritised(nil): "it is not known whether older messages have a priority"
        case .refuses: "the queue may refuse what comes (overflow reject-publish, message-ttl 0, deduplication)"
        case .delaysRetries: "the queue delays what is returned to it"
        case .noMajority: "the queue has no majority"
        case .noRaftFigures:
            "the site tells nothing of the queue's log, as RabbitMQ 4.0 to 4.2 do to a user with the tag monitoring"
        case .noTerm: "the site does not tell the term of the queue's leader"
        case .noMachineVersion: "the machine version of the queue's members is not known"
        case .machineVersion(let version): "machine version \(version) compacts the log sparsely"
        case .snapshotBehind: "the queue's log was not cut off since"
        case .unconfirmedLoss:
            "a quorum queue before RabbitMQ 4.0 may lose what publishers without confirms send, so its depth proves nothing"
        case .noHead: "the site tells nothing of the queue's oldest message"
        case .noTimestamp:
            "nothing was in the queue, or its oldest message has no timestamp (message_interceptors can set them)"
        case .untimed(let count?): "\(count) messages without timestamp (message_interceptors can set them)"
        case .untimed(nil): "it is not known whether older messages have a timestamp"
        case .pagedOut: "unacknowledged messages are paged out"
        case .otherFeeds: "others than the route's exchange publish to the queue"
        case .feedsUnknown: "it is not known who publishes to the queue"
        case .notRunning: "the queue does not run, or something changed a moment ago"
        case .lateFigures:
            "the site's figures are too old (a busy management plugin)"
        case .noDepth: "the site does not tell the queue's depth"
        case .notEmpty: "the queue is not empty"
        case .emptyOnce: "the queue was found empty only once"
        case .contradicted: "the totals and a passive declaration disagree"
        case .noConsumerToVouch: "no consumer: a quorum queue's 0 may be a time-out"
        case .uncommitted: "the queue has messages that its members have not confirmed"
        case .noSurroundings: "it can't be told whether a node was restarted"
        case .noCounters: "the site does not count deliveries"
        case .noChannels: "the channels that consume are not known"
        case .channelsBusy(let count): "\(count) channels were never seen without an unacknowledged message"
        case .noProcessingLimit: "nothing limits how long a consumer keeps a message (processing-limit)"
        case .requeued: "messages were requeued a moment ago"
        case .noDeliverySince: "nothing was delivered since, so something requeued may still wait"
        case .notReached: "fewer messages came while it was watched than the queue is deep"
        case .nothingConfirmed: "the queue did not answer a passive declaration, or the store has confirmed nothing yet"
        case .orderUnknown: "the relay's lag was not known"
        case .unsettled: "consumers may still keep what they had"
        case .waiting: "not seen for long enough"
        }
    }
}
