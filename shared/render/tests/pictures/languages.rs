//! Samples of every kind of visual in the scripts of the world.

use crate::common::strings;

use domain::{Axis, Branch, Column, Diagram, Edge, EdgeStyle, Graph, GraphForm, Moment, Node, NodeShape, Series, Visual};

fn slide(eyebrow: &str, title: &str, bullets: &[&str]) -> Visual {
    Visual::Slide { eyebrow: Some(eyebrow.to_owned()), title: title.to_owned(), bullets: strings(bullets) }
}

/// Samples by name and language: one word of each name is the script.
pub(crate) fn samples() -> Vec<(&'static str, &'static str, Visual)> {
    let mut samples = arabic();
    samples.extend(east_asian());
    samples.extend(others());
    samples
}

fn arabic() -> Vec<(&'static str, &'static str, Visual)> {
    let column = |heading: &str, items: &[&str]| Column { heading: heading.to_owned(), items: strings(items) };
    let rows = [["ByteNet", "—", "23.75"], ["المحوّل (الأساسي)", "65 مليون", "27.3"], ["المحوّل (الكبير)", "213 مليون", "-28.4"]];
    vec![
        (
            "arabic-title",
            "ar",
            Visual::Title {
                title: "كيف يحرّك القمر مياه المحيطات".to_owned(),
                subtitle: Some("المدّ والجزر في ثلاث خطوات".to_owned()),
                byline: Some("أ. سميث، 2024".to_owned()),
            },
        ),
        (
            "arabic-slide",
            "ar",
            slide(
                "الفصل الثاني · التحسين",
                "ثلاثة أشياء تحدّد سرعة الوصول.",
                &[
                    r"حجم الخطوة $\eta \leq \frac{1}{L}$: إن صغر كثيرًا ضاع الوقت.",
                    "استدعِ `optimizer.step()` بعد `loss.backward()` فقط!",
                    "تبلغ الدقّة 97.3% على مجموعة ImageNet (عام 2024).",
                    "This one is English, and ends with a full stop.",
                ],
            ),
        ),
        (
            "arabic-table",
            "ar",
            Visual::Table {
                eyebrow: Some("النتائج".to_owned()),
                title: "النموذج الكبير يفوز".to_owned(),
                header: strings(&["النموذج", "المعاملات", "BLEU"]),
                rows: rows.iter().map(|row| strings(row)).collect(),
                caption: Some("من الإنجليزية إلى الألمانية.".to_owned()),
            },
        ),
        (
            "arabic-summary",
            "ar",
            Visual::Summary {
                title: "ما يجب تذكّره".to_owned(),
                points: strings(&["القمر يجذب الماء.", "الأرض تدور تحت الانتفاخين.", "المدّ يأتي مرّتين كلّ يوم."]),
            },
        ),
        (
            "arabic-quote",
            "ar",
            Visual::Quote {
                eyebrow: None,
                title: "ما قاله ابن خلدون".to_owned(),
                text: "الماضي أشبه بالآتي من الماء بالماء.".to_owned(),
                attribution: Some("ابن خلدون، المقدّمة، 1377".to_owned()),
            },
        ),
        (
            "arabic-definition",
            "ar",
            Visual::Definition {
                eyebrow: Some("تعريف".to_owned()),
                title: "المتّجه الذاتي".to_owned(),
                meaning: r"متّجه $v \neq 0$ لا يغيّر التحويل الخطّي اتّجاهه: $Av = \lambda v$.".to_owned(),
            },
        ),
        (
            "arabic-columns",
            "ar",
            Visual::Columns {
                eyebrow: None,
                title: "هل نحفظ النتيجة؟".to_owned(),
                left: column("مع", &["القراءة أسرع بعشر مرّات", "قاعدة البيانات تستريح ليلًا"]),
                right: column("ضد", &["قد تكون النتيجة قديمة", "ذاكرة أكثر بنسبة 40%"]),
            },
        ),
        (
            "arabic-code",
            "ar",
            Visual::Code {
                eyebrow: Some("شيفرة".to_owned()),
                title: "عدّ الكلمات".to_owned(),
                language: Some("python".to_owned()),
                text: "# عدّ الكلمات\ndef count(text):\n    return len(text.split(' '))".to_owned(),
                highlight: vec![3],
            },
        ),
        (
            "arabic-graph",
            "ar",
            Visual::Graph {
                eyebrow: None,
                title: "ما بلغته المبيعات".to_owned(),
                graph: Graph {
                    form: GraphForm::Grouped,
                    categories: strings(&["الربع الأول", "الربع الثاني", "الربع الثالث"]),
                    series: [("السحابة", [120.5, 132.0, 181.0]), ("محلّي", [220.0, 182.0, 151.0])]
                        .map(|(name, values)| Series {
                            name: Some(name.to_owned()),
                            values: values.map(Some).to_vec(),
                            points: vec![],
                        })
                        .to_vec(),
                    x: Axis { title: None, unit: None },
                    y: Axis { title: Some("المبلغ".to_owned()), unit: Some("$".to_owned()) },
                },
                caption: Some("المصدر: التقرير السنوي.".to_owned()),
            },
        ),
        ("arabic-flow", "ar", flow(&["رفع الملف", "هل هو ممسوح؟", "استخراج النص", "مخزن المتّجهات"])),
        (
            "hebrew-slide",
            "he",
            slide(
                "פרק 2 · אופטימיזציה",
                "שלושה דברים קובעים כמה מהר נגיע.",
                &["גודל הצעד $\\eta$: קטן מדי מבזבז זמן.", "העקמומיות (curvature) של הפונקציה", "המרחק מנקודת ההתחלה: 3.5 ק״מ"],
            ),
        ),
        (
            "persian-slide",
            "fa",
            slide(
                "فصل ۲",
                "سه چیز سرعت رسیدن را تعیین می‌کند.",
                &["اندازهٔ گام: اگر کوچک باشد، زمان هدر می‌رود.", "خمیدگی تابع؟", "فاصله از آغاز"],
            ),
        ),
        (
            "urdu-slide",
            "ur",
            slide(
                "باب ۲",
                "تین چیزیں رفتار طے کرتی ہیں۔",
                &["قدم کا حجم: بہت چھوٹا ہو تو وقت ضائع ہوتا ہے۔", "ڈھلوان کی خمیدگی", "آغاز سے فاصلہ"],
            ),
        ),
    ]
}

fn flow(texts: &[&str]) -> Visual {
    let nodes: Vec<Node> = texts
        .iter()
        .enumerate()
        .map(|(at, text)| Node { id: at.to_string(), text: (*text).to_owned(), shape: NodeShape::Box })
        .collect();
    let edges =
        (1..texts.len()).map(|at| Edge { from: (at - 1).to_string(), to: at.to_string(), text: None, style: EdgeStyle::Arrow });
    Visual::Diagram {
        eyebrow: None,
        title: texts[0].to_owned(),
        diagram: Diagram::Flow { direction: None, nodes, edges: edges.collect(), groups: vec![] },
    }
}

fn east_asian() -> Vec<(&'static str, &'static str, Visual)> {
    vec![
        (
            "chinese-slide",
            "zh-CN",
            slide(
                "第二章 · 优化",
                "三件事决定我们多快到达目标",
                &[
                    r"步长 $\eta$：太小会浪费时间，太大则无法收敛；实践中常取 $\frac{1}{L}$，其中 $L$ 限制梯度变化的快慢。",
                    "只有在调用 `loss.backward()` 之后，才能调用 `optimizer.step()`。",
                    "《优化导论》说：「从哪里开始同样重要。」",
                ],
            ),
        ),
        (
            "chinese-title",
            "zh-TW",
            Visual::Title {
                title: "月球如何牽動海洋的水：潮汐的成因與規律".to_owned(),
                subtitle: Some("三個步驟看懂漲潮與退潮".to_owned()),
                byline: Some("王小明，2024年".to_owned()),
            },
        ),
        (
            "chinese-table",
            "zh",
            Visual::Table {
                eyebrow: Some("结果".to_owned()),
                title: "大模型胜出".to_owned(),
                header: strings(&["模型", "参数量", "说明"]),
                rows: [
                    ["基础版", "6500万", "训练快，适合一般任务"],
                    ["大型版", "2.13亿", "精度最高，但需要更多显存和更长的训练时间"],
                ]
                .map(|row| strings(&row))
                .to_vec(),
                caption: Some("英译德。".to_owned()),
            },
        ),
        (
            "japanese-slide",
            "ja",
            slide(
                "第2章・最適化",
                "どれだけ速く着くかは、三つのことで決まります",
                &[
                    "歩幅が小さすぎると、時間がかかりすぎてしまいます。",
                    "「曲率」は、歩くあいだに勾配がどれだけ速く変わるかを表します。",
                    "出発点からの距離も大切です（約3.5キロメートル）。",
                ],
            ),
        ),
        (
            "japanese-summary",
            "ja",
            Visual::Summary {
                title: "おぼえておきたいこと".to_owned(),
                points: strings(&[
                    "月は海の水を引きます。",
                    "地球は二つのふくらみの下を回ります。",
                    "潮は一日に二回、満ちては引きます。",
                ]),
            },
        ),
        (
            "korean-slide",
            "ko",
            slide(
                "제2장 · 최적화",
                "얼마나 빨리 도착하는지는 세 가지가 결정합니다",
                &[
                    "보폭이 너무 작으면 시간이 낭비됩니다.",
                    "곡률은 기울기가 얼마나 빨리 변하는지를 나타냅니다.",
                    "출발점에서의 거리",
                ],
            ),
        ),
    ]
}

fn others() -> Vec<(&'static str, &'static str, Visual)> {
    let moment = |(time, text): (&str, &str)| Moment { time: time.to_owned(), text: text.to_owned() };
    vec![
        (
            "hindi-slide",
            "hi",
            slide(
                "अध्याय २ · अनुकूलन",
                "तीन बातें तय करती हैं कि हम कितनी जल्दी पहुँचेंगे",
                &[
                    r"क़दम का आकार $\eta$: बहुत छोटा हो तो समय नष्ट होता है।",
                    "वक्रता, जो बताती है कि ढाल कितनी तेज़ी से बदल सकती है",
                    "आरंभ बिंदु से दूरी",
                ],
            ),
        ),
        (
            "hindi-definition",
            "hi",
            Visual::Definition {
                eyebrow: Some("परिभाषा".to_owned()),
                title: "ज्वार-भाटा".to_owned(),
                meaning: "चंद्रमा और सूर्य के गुरुत्वाकर्षण से समुद्र के जल का नियमित रूप से ऊपर उठना और नीचे गिरना।".to_owned(),
            },
        ),
        (
            "hindi-timeline",
            "hi",
            Visual::Diagram {
                eyebrow: None,
                title: "पहली उड़ान से चाँद तक".to_owned(),
                diagram: Diagram::Timeline {
                    events: [("1903", "राइट बंधु उड़ते हैं"), ("1927", "लिंडबर्ग अटलांटिक पार करते हैं"), ("1969", "आर्मस्ट्रांग चाँद पर चलते हैं")]
                        .map(moment)
                        .to_vec(),
                },
            },
        ),
        (
            "thai-slide",
            "th",
            slide(
                "บทที่ 2 · การหาค่าเหมาะที่สุด",
                "สามสิ่งกำหนดว่าเราจะไปถึงเร็วแค่ไหน",
                &[
                    "ขนาดของก้าวที่เล็กเกินไปจะทำให้เสียเวลาโดยเปล่าประโยชน์และไปไม่ถึงจุดหมายที่ตั้งใจไว้ตั้งแต่แรก",
                    "ความโค้งบอกว่าความชันเปลี่ยนแปลงได้เร็วเพียงใด",
                    "ระยะทางจากจุดเริ่มต้น",
                ],
            ),
        ),
        (
            "thai-mind-map",
            "th",
            Visual::Diagram {
                eyebrow: None,
                title: "อะไรทำให้เกิดน้ำขึ้นน้ำลง".to_owned(),
                diagram: Diagram::MindMap {
                    root: Branch {
                        text: "น้ำขึ้นน้ำลง".to_owned(),
                        children: ["ดวงจันทร์", "ดวงอาทิตย์", "การหมุนของโลก"]
                            .map(|text| Branch { text: text.to_owned(), children: vec![] })
                            .to_vec(),
                    },
                },
            },
        ),
        (
            "emoji-slide",
            "en",
            slide(
                "Launch 🚀",
                "Three things to check before you ship 🎉",
                &["🧪 Tests are green, on every machine", "👩‍💻 Somebody else has read it 👀", "📦 The package is signed 🔐"],
            ),
        ),
    ]
}
