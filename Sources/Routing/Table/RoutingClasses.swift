/// The sets of queues that messages reached, each with a number: the same set has the same number.
struct RoutingClasses {
    /// So many sets, and so many queues in all of them together, are told apart. What comes beyond them counts as certain
    /// for no queue.
    static let most = 16_384
    static let mostMembers = 262_144

    private(set) var members: [[Int32]] = [[]]
    private var numbers: [[Int32]: Int32] = [[]: 0]
    private var memberCount = 0

    /// The number of a set, given in order.
    mutating func number(of queues: [Int32]) -> Int32 {
        if let number = numbers[queues] { return number }
        guard members.count < Self.most, memberCount + queues.count <= Self.mostMembers else { return 0 }
        let number = Int32(members.count)
        numbers[queues] = number
        members.append(queues)
        memberCount += queues.count
        return number
    }
}
