/** The few words of WOQL's JSON form that the adapter uses: terminusdb.com/schema/woql. */
export type Query = { readonly "@type": string; readonly [part: string]: unknown };

/** A document as the server keeps it. Every value is text: no number can change its form on the way. */
export type Stored = {
  readonly "@id": string;
  readonly "@type": string;
  readonly [field: string]: string | readonly string[];
};

/** All of it or, when one part does not hold, nothing. */
export function and(parts: readonly Query[]): Query {
  return { "@type": "And", and: parts };
}

/** True while the document's field has this value. */
export function holds(id: string, field: string, value: string): Query {
  return { "@type": "Triple", subject: node(id), predicate: node(field), object: text(value) };
}

/** Binds variable `name` to the field of what `subject` is bound to. */
export function binds(subject: string, field: string, name: string): Query {
  return { "@type": "Triple", subject: variable(subject), predicate: node(field), object: value(name) };
}

/** Binds `subject` to whatever has this value in its field. */
export function having(subject: string, field: string, wanted: string): Query {
  return { "@type": "Triple", subject: variable(subject), predicate: node(field), object: text(wanted) };
}

/** The same with any field, whose name `predicate` is bound to. */
export function havingAnywhere(subject: string, predicate: string, wanted: string): Query {
  return {
    "@type": "Triple",
    subject: variable(subject),
    predicate: variable(predicate),
    object: text(wanted),
  };
}

export function select(variables: readonly string[], query: Query): Query {
  return { "@type": "Select", variables, query };
}

/** Fails when the document is there. */
export function insert(document: Stored): Query {
  return { "@type": "InsertDocument", document: template(document) };
}

/** Fails when the document is not there. */
export function replace(document: Stored): Query {
  return { "@type": "UpdateDocument", document: template(document) };
}

export function remove(id: string): Query {
  return { "@type": "DeleteDocument", identifier: node(id) };
}

function node(id: string) {
  return { "@type": "NodeValue", node: id };
}

function variable(name: string) {
  return { "@type": "NodeValue", variable: name };
}

function value(name: string) {
  return { "@type": "Value", variable: name };
}

function text(literal: string) {
  return { "@type": "Value", data: { "@type": "xsd:string", "@value": literal } };
}

function template(document: Stored) {
  const data = Object.entries(document).map(([field, content]) => ({
    "@type": "FieldValuePair",
    field,
    value: typeof content === "string" ? text(content) : { "@type": "Value", list: content.map(text) },
  }));
  return { "@type": "Value", dictionary: { "@type": "DictionaryTemplate", data } };
}
