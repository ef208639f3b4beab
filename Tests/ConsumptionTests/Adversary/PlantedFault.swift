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
        .calm: 200, .channelsAreConsumers: 34, .channelsIdle: 1, .consumerToVouch: 61, .deadLetters: 3,
        .deliveriesSince: 1, .lateness: 2988, .leaders: 41, .machineVersion: 3, .messagePriorities: 1, .order: 4539,
        .otherFeeds: 77, .passive: 75, .priorities: 84, .processingLimit: 1, .readyInMemory: 16, .redelivered: 13,
        .redeliveries: 1351, .refusals: 27, .requeuesToBack: 3, .restarts: 19, .secondLook: 4,
        .unacknowledgedInMemory: 7, .unbindings: 740, .unconfirmedLoss: 3, .untimed: 184,
    ]
}
