/// A condition that is left out: the judge is told what would be so if it needn't be asked.
enum PlantedFault: String, CaseIterable {
    case redeliveries, deliveriesSince, requeuesToBack
    case lateness, order, sourceLosses, redelivered
    case deadLetters, priorities, messagePriorities, refusals
    case calm, incarnation, restarts, leaders, unbindings
    case passive, secondLook, consumerToVouch
    case channelsAreConsumers, channelsIdle, processingLimit
    case machineVersion
    case untimed, otherFeeds, unacknowledgedInMemory, readyInMemory
    case unconfirmedLoss
}

extension PlantedFault {
    /// A seed whose history shows it, found by search; others are looked at when it doesn't any more.
    static let shownBy: [PlantedFault: UInt64] = [
        .calm: 1119, .channelsAreConsumers: 34, .channelsIdle: 1, .consumerToVouch: 61, .deadLetters: 3,
        .deliveriesSince: 898, .lateness: 6, .machineVersion: 3, .order: 4539, .otherFeeds: 49, .passive: 1,
        .priorities: 22, .processingLimit: 1, .redelivered: 13, .redeliveries: 590, .refusals: 27,
        .requeuesToBack: 3, .restarts: 3, .secondLook: 2099, .untimed: 35,
    ]
}
