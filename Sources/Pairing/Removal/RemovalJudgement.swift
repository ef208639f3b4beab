import ControlModel
import ErrorCodes
import Failover

/// What would be lost if what Ropeway has on the sites went.
struct RemovalJudgement {
    /// What the sites have; a site that did not answer is missing.
    let found: [OwnObjects]
    /// The site that applications use.
    let active: String?
    /// Sites that were not asked, or did not answer.
    let silent: [String]
    /// The promotion that is under way.
    let operation: String?

    /// Each of these refuses the removal, unless the operator says that it may be lost.
    var findings: [CheckFinding] { unfinished + held + onlyCopies }

    private var unfinished: [CheckFinding] {
        operation.map { id in
            [
                CheckFinding(
                    .fail,
                    code: .operationUnfinished,
                    message: "operation \(id) is under way: what it has not replayed would be lost",
                    hint: "let it end first: run the daemon, or the promotion again"
                )
            ]
        } ?? []
    }

    private var held: [CheckFinding] {
        found.flatMap { site in
            site.queues.filter(\.mayHoldMessages).compactMap { queue -> CheckFinding? in
                let count = queue.messages.map { "\($0) messages" } ?? "messages, how many is not known"
                switch queue.role {
                case "quarantine":
                    return CheckFinding(
                        .fail,
                        code: .quarantined,
                        subject: site.site,
                        message: "'\(queue.name)' holds \(count) that could not be delivered, and nobody else has them",
                        hint: "consume or move them first (rabbitmqadmin get, a shovel), or say --discard"
                    )
                case "capture" where site.site == active:
                    return CheckFinding(
                        .fail,
                        code: .notRelayed,
                        subject: site.site,
                        message: "'\(queue.name)' holds \(count) that the other site does not have yet",
                        hint: "run the daemon until ropeway lag says 0, or say --discard: the application's queues of "
                            + "site \(site.site) have their own copies"
                    )
                case "capture":
                    return CheckFinding(
                        .fail,
                        code: .leftBehind,
                        subject: site.site,
                        message: "'\(queue.name)' holds \(count) that were published there before the other site was "
                            + "promoted, and that were never relayed",
                        hint: "look at them first, or say --discard"
                    )
                default:
                    return nil
                }
            }
        }
    }

    /// Where the active site is gone, what the other one retains may be all that there is.
    private var onlyCopies: [CheckFinding] {
        guard silent.contains(where: { $0 == active || active == nil }) else { return [] }
        return found.flatMap { site in
            site.queues.filter { $0.role == "standby" && $0.mayHoldMessages }.map { queue in
                CheckFinding(
                    .fail,
                    code: .onlyCopy,
                    subject: site.site,
                    message:
                        "'\(queue.name)' retains messages of a site that does not answer: they may be the only copy",
                    hint: "promote site \(site.site) first (ropeway promote \(site.site) --forced), or say --discard"
                )
            }
        }
    }
}
