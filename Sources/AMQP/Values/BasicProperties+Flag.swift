extension BasicProperties {
    /// The bits of the 16-bit flags in front of the property list. The list has the properties whose bit is set, in the
    /// order of the bits from the highest down.
    public enum Flag {
        /// ``BasicProperties/contentType``, a short string.
        public static let contentType: UInt16 = 0x8000
        /// ``BasicProperties/contentEncoding``, a short string.
        public static let contentEncoding: UInt16 = 0x4000
        /// ``BasicProperties/headers``, a field table.
        public static let headers: UInt16 = 0x2000
        /// ``BasicProperties/deliveryMode``, one byte.
        public static let deliveryMode: UInt16 = 0x1000
        /// ``BasicProperties/priority``, one byte.
        public static let priority: UInt16 = 0x0800
        /// ``BasicProperties/correlationID``, a short string.
        public static let correlationID: UInt16 = 0x0400
        /// ``BasicProperties/replyTo``, a short string.
        public static let replyTo: UInt16 = 0x0200
        /// ``BasicProperties/expiration``, a short string.
        public static let expiration: UInt16 = 0x0100
        /// ``BasicProperties/messageID``, a short string.
        public static let messageID: UInt16 = 0x0080
        /// ``BasicProperties/timestamp``, 64 bits.
        public static let timestamp: UInt16 = 0x0040
        /// ``BasicProperties/type``, a short string.
        public static let type: UInt16 = 0x0020
        /// ``BasicProperties/userID``, a short string.
        public static let userID: UInt16 = 0x0010
        /// ``BasicProperties/appID``, a short string.
        public static let appID: UInt16 = 0x0008
        /// ``BasicProperties/clusterID``, a short string.
        public static let clusterID: UInt16 = 0x0004
        /// Another 16 bits of flags follow. The basic class has too few properties for that: an error.
        public static let continuation: UInt16 = 0x0001
    }
}
