/// A condition that is left out: the judge is told what would be so if it needn't be asked.
enum PlantedFault: String, CaseIterable {
    case redeliveries, deliveriesSince, requeuesToBack
    case lateness, order, redelivered
    case deadLetters, priorities, messagePriorities, refusals
    case calm, restarts, leaders, unbindings
    case passive, secondLook, consumerToVouch
    case channelsAreConsumers, channelsIdle, processingLimit
    case machineVersion
    case untimed, otherFeeds, unacknowledgedInMemory, readyInMemory
    case unconfirmedLoss
}

extension PlantedFault {
    /// A seed whose history shows it, found by search; others are looked at when it doesn't any more.
    static let shownBy: [PlantedFault: UInt64] = [
        .calm: 4222, .channelsAreConsumers: 34, .channelsIdle: 1, .consumerToVouch: 61, .deadLetters: 3,
        .deliveriesSince: 4222, .lateness: 2988, .leaders: 792, .machineVersion: 3, .messagePriorities: 3, .order: 4539,
        .otherFeeds: 49, .passive: 75, .priorities: 22, .processingLimit: 1, .readyInMemory: 40, .redelivered: 13,
        .redeliveries: 590, .refusals: 27, .requeuesToBack: 3, .restarts: 19, .secondLook: 4,
        .unacknowledgedInMemory: 1, .unbindings: 211, .unconfirmedLoss: 3, .untimed: 372,
    ]
}
