/** Publishing of events: CloudEvents 1.0. */
export const eventTypeDefs = /* GraphQL */ `
  """
  type is <producer>.<domain>.<name>. Of what is absent OMS fills in source, id and, with an id of its own making, time;
  under an Idempotency-Key the id follows from the key.
  """
  input EventInput {
    type: String!
    id: ID
    source: String
    subject: String
    "RFC 3339."
    time: String
    datacontenttype: String
    dataschema: String
    data: JSON
    "Instead of data, for what is no JSON."
    data_base64: String
    "Events of one key are about one thing."
    partitionkey: String
    "Further attributes by name: texts, whole numbers or booleans."
    extensions: JSON
  }

  type EventReceipt {
    source: String!
    id: ID!
    """
    stored: JetStream has it. queued: the gateway's disk has it. committed: the kernel's outbox has it. What is queued or
    committed is stored later.
    """
    outcome: String!
    "Where it is stored."
    stream: String
    sequence: Float
    "It had been stored before."
    duplicate: Boolean
  }

  type EventRefusal {
    code: String!
    message: String!
    "The offending attribute, or empty."
    field: String!
  }

  "One of the two."
  type PublishResult {
    receipt: EventReceipt
    refusal: EventRefusal
  }

  extend type Mutation {
    "An id that another event has is refused; the same event again changes nothing more."
    publishEvent(event: EventInput!): EventReceipt
    "Up to 1000. One that is not valid refuses all; of valid ones each has its own result, in their order."
    publishEvents(events: [EventInput!]!): [PublishResult!]
  }
`;
