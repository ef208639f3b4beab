/// A condition that is left out: the judge is told what would be so if it needn't be asked.
enum PlantedFault: String, CaseIterable {
    case redeliveries, deliveriesSince, requeuesToBack
    case lateness, order, arrivals
    case deadLetters, priorities, messagePriorities, refusals
    case calm, restarts, leaders
    case passive, secondLook, consumerToVouch
    case channelsAreConsumers, channelsIdle, processingLimit
    case machineVersion
    case untimed, otherFeeds, unacknowledgedInMemory, readyInMemory
    case unconfirmedLoss
}

extension PlantedFault {
    /// A seed whose history shows it, found by search; others are looked at when it doesn't any more.
    static let shownBy: [PlantedFault: UInt64] = [
        .arrivals: 173, .calm: 3, .channelsAreConsumers: 1, .channelsIdle: 1, .consumerToVouch: 3, .deadLetters: 4,
        .deliveriesSince: 1253, .lateness: 7, .leaders: 99, .machineVersion: 3, .messagePriorities: 22,
        .order: 14_659, .otherFeeds: 107, .passive: 17, .priorities: 84, .processingLimit: 1, .readyInMemory: 20,
        .redeliveries: 1190, .refusals: 27, .requeuesToBack: 3, .restarts: 172, .secondLook: 100,
        .unacknowledgedInMemory: 1, .unconfirmedLoss: 3467, .untimed: 55,
    ]
}
