/** A sample ontology, large enough to search in: cities, people and books, in English and in Korean. */
type ObjectType = {
  readonly id: string;
  readonly title: string;
  readonly properties: readonly {
    readonly name: string;
    readonly type: "string" | "number" | "boolean" | "date" | "string[]";
    readonly required?: boolean;
  }[];
};
type SampleObject = {
  readonly id: string;
  readonly type: string;
  readonly properties: Readonly<Record<string, string | number | boolean | readonly string[]>>;
};

export const objectTypes: readonly ObjectType[] = [
  {
    id: "City",
    title: "City",
    properties: [
      { name: "name", type: "string", required: true },
      { name: "country", type: "string", required: true },
      { name: "population", type: "number" },
      { name: "capital", type: "boolean" },
      { name: "about", type: "string" },
    ],
  },
  {
    id: "Person",
    title: "Person",
    properties: [
      { name: "name", type: "string", required: true },
      { name: "born", type: "date" },
      { name: "occupations", type: "string[]" },
      { name: "about", type: "string" },
    ],
  },
  {
    id: "Book",
    title: "Book",
    properties: [
      { name: "title", type: "string", required: true },
      { name: "author", type: "string", required: true },
      { name: "year", type: "number" },
      { name: "about", type: "string" },
    ],
  },
];

function city(
  id: string,
  ...[name, country, population, capital, about]: [string, string, number, boolean, string]
) {
  return { id: `city-${id}`, type: "City", properties: { name, country, population, capital, about } };
}

function person(
  id: string,
  ...[name, born, occupations, about]: [string, string, readonly string[], string]
) {
  return { id: `person-${id}`, type: "Person", properties: { name, born, occupations, about } };
}

function book(id: string, ...[title, author, year, about]: [string, string, number, string]) {
  return { id: `book-${id}`, type: "Book", properties: { title, author, year, about } };
}

const cities = [
  city(
    "lisbon",
    "Lisbon",
    "Portugal",
    545_000,
    true,
    "A hilly coastal capital where the Tagus meets the Atlantic, known for trams and tiles.",
  ),
  city(
    "paris",
    "Paris",
    "France",
    2_103_000,
    true,
    "The capital on the Seine, with the Louvre, cafes and the Eiffel Tower.",
  ),
  city(
    "kyoto",
    "Kyoto",
    "Japan",
    1_464_000,
    false,
    "The old imperial city of temples, gardens and wooden tea houses.",
  ),
  city(
    "reykjavik",
    "Reykjavik",
    "Iceland",
    139_000,
    true,
    "The northernmost capital of a sovereign state, heated by volcanic springs.",
  ),
  city(
    "marrakesh",
    "Marrakesh",
    "Morocco",
    928_000,
    false,
    "A red walled city at the foot of the Atlas, with markets and palaces.",
  ),
  city(
    "vancouver",
    "Vancouver",
    "Canada",
    662_000,
    false,
    "A port between the Pacific Ocean and snowy mountains.",
  ),
  city("cusco", "Cusco", "Peru", 428_000, false, "The former capital of the Inca empire, high in the Andes."),
  city(
    "venice",
    "Venice",
    "Italy",
    250_000,
    false,
    "A city of canals and bridges built on islands in a lagoon.",
  ),
  city(
    "cairo",
    "Cairo",
    "Egypt",
    10_100_000,
    true,
    "A huge city on the Nile, close to the pyramids of Giza.",
  ),
  city(
    "singapore",
    "Singapore",
    "Singapore",
    5_900_000,
    true,
    "A tropical island city with a busy harbour and gardens.",
  ),
];

const people = [
  person(
    "lovelace",
    "Ada Lovelace",
    "1815-12-10",
    ["mathematician", "writer"],
    "Wrote the first published algorithm meant for a machine.",
  ),
  person(
    "curie",
    "Marie Curie",
    "1867-11-07",
    ["physicist", "chemist"],
    "Discovered polonium and radium and won two Nobel Prizes.",
  ),
  person(
    "turing",
    "Alan Turing",
    "1912-06-23",
    ["mathematician"],
    "Described a universal computing machine and broke wartime ciphers.",
  ),
  person(
    "hopper",
    "Grace Hopper",
    "1906-12-09",
    ["computer scientist", "admiral"],
    "Built one of the first compilers.",
  ),
  person(
    "kahlo",
    "Frida Kahlo",
    "1907-07-06",
    ["painter"],
    "Painted self-portraits full of colour, pain and Mexican folk art.",
  ),
  person(
    "mozart",
    "Wolfgang Amadeus Mozart",
    "1756-01-27",
    ["composer"],
    "Composed more than six hundred works, operas and symphonies among them.",
  ),
  person(
    "goodall",
    "Jane Goodall",
    "1934-04-03",
    ["primatologist"],
    "Studied wild chimpanzees in Tanzania for decades.",
  ),
  person(
    "darwin",
    "Charles Darwin",
    "1809-02-12",
    ["naturalist"],
    "Explained how species evolve by natural selection.",
  ),
  person(
    "hypatia",
    "Hypatia of Alexandria",
    "0360-01-01",
    ["astronomer", "philosopher"],
    "Taught mathematics and the motion of the stars.",
  ),
  person(
    "shackleton",
    "Ernest Shackleton",
    "1874-02-15",
    ["explorer"],
    "Led his whole crew home after their ship was crushed by Antarctic ice.",
  ),
];

const books = [
  book(
    "moby-dick",
    "Moby-Dick",
    "Herman Melville",
    1851,
    "A captain hunts the white whale that took his leg.",
  ),
  book(
    "pride",
    "Pride and Prejudice",
    "Jane Austen",
    1813,
    "A young woman and a proud gentleman misjudge each other, then marry.",
  ),
  book(
    "origin",
    "On the Origin of Species",
    "Charles Darwin",
    1859,
    "The argument for evolution by natural selection.",
  ),
  book(
    "frankenstein",
    "Frankenstein",
    "Mary Shelley",
    1818,
    "A student makes a living creature and abandons it.",
  ),
  book(
    "war-and-peace",
    "War and Peace",
    "Leo Tolstoy",
    1869,
    "Five families live through Napoleon's invasion of Russia.",
  ),
  book("dracula", "Dracula", "Bram Stoker", 1897, "A vampire count travels from Transylvania to England."),
  book(
    "time-machine",
    "The Time Machine",
    "H. G. Wells",
    1895,
    "An inventor travels to the far future of mankind.",
  ),
  book(
    "walden",
    "Walden",
    "Henry David Thoreau",
    1854,
    "Two years of simple living in a cabin beside a pond.",
  ),
  book(
    "treasure-island",
    "Treasure Island",
    "Robert Louis Stevenson",
    1883,
    "A boy sails with pirates to find buried gold.",
  ),
  book(
    "genji",
    "The Tale of Genji",
    "Murasaki Shikibu",
    1021,
    "Love and intrigue at the Japanese imperial court.",
  ),
];

// The default model knows English only: these are found by their trigrams.
const korean = [
  city(
    "seoul",
    "서울",
    "대한민국",
    9_411_000,
    true,
    "한강이 흐르는 대한민국의 수도이며 경복궁과 남산이 있다.",
  ),
  city("busan", "부산", "대한민국", 3_293_000, false, "해운대 해수욕장으로 이름난 항구 도시이다."),
  city("gyeongju", "경주", "대한민국", 245_000, false, "신라의 옛 수도로 불국사와 석굴암이 있다."),
  city("jeonju", "전주", "대한민국", 642_000, false, "비빔밥과 한옥마을로 유명한 도시이다."),
  person("sejong", "세종대왕", "1397-05-15", ["왕"], "훈민정음을 만들어 누구나 글을 읽고 쓸 수 있게 하였다."),
  person("yi-sun-sin", "이순신", "1545-04-28", ["장군"], "거북선을 이끌고 명량 해전에서 승리한 장군이다."),
  person(
    "shin-saimdang",
    "신사임당",
    "1504-10-29",
    ["화가", "시인"],
    "풀과 벌레를 그린 그림으로 유명한 조선의 화가이다.",
  ),
  person("jang-yeong-sil", "장영실", "1390-01-01", ["과학자"], "물시계인 자격루를 만든 조선의 과학자이다."),
  book("hong-gildong", "홍길동전", "허균", 1612, "서자로 태어난 의적이 이상의 나라를 세우는 이야기이다."),
  book("chunhyang", "춘향전", "작자 미상", 1754, "남원의 춘향과 이몽룡이 나누는 사랑 이야기이다."),
];

export const objects: readonly SampleObject[] = [...cities, ...people, ...books, ...korean];
