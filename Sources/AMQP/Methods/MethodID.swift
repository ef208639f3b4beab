/// Which method a method frame holds: the class id in the high 16 bits, the method id in the low ones.
struct MethodID: Hashable, Sendable, RawRepresentable {
    /// The 32 bits as they stand on the wire.
    var rawValue: UInt32

    /// The method whose ids are these 32 bits, whether or not there is such a method.
    init(rawValue: UInt32) {
        self.rawValue = rawValue
    }

    /// The method with these ids, whether or not there is such a method.
    init(classID: UInt16, methodID: UInt16) {
        rawValue = UInt32(classID) << 16 | UInt32(methodID)
    }

    /// The id of the method's class, such as 60 for basic.
    var classID: UInt16 { UInt16(truncatingIfNeeded: rawValue >> 16) }

    /// The id of the method in its class.
    var methodID: UInt16 { UInt16(truncatingIfNeeded: rawValue) }

    /// Whether the method is followed by a content header frame and body frames.
    var hasContent: Bool {
        switch self {
        case .basicPublish, .basicReturn, .basicDeliver, .basicGetOK: true
        default: false
        }
    }
}
