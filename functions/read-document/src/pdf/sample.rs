//! Small PDFs made by code, for the tests of the reader.

use lopdf::content::{Content, Operation};
use lopdf::{Document, EncryptionState, EncryptionVersion, Object, ObjectId, Permissions, Stream, dictionary};

/// The faces that samples are set in.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Type {
    Roman,
    Bold,
    Mono,
}

/// One page of 612 by 792 points.
#[derive(Debug, Default)]
pub(crate) struct Sheet {
    operations: Vec<Operation>,
}

impl Sheet {
    /// Sets a row of text with its base line `y` points below the top edge.
    pub(crate) fn text(mut self, face: Type, size: f32, x: f32, y: f32, text: &str) -> Self {
        let name = match face {
            Type::Roman => "F1",
            Type::Bold => "F2",
            Type::Mono => "F3",
        };
        self.operations.extend([
            Operation::new("BT", vec![]),
            Operation::new("Tf", vec![name.into(), size.into()]),
            Operation::new("Td", vec![x.into(), (792.0 - y).into()]),
            Operation::new("Tj", vec![Object::string_literal(text)]),
            Operation::new("ET", vec![]),
        ]);
        self
    }

    /// Sets rows of 10 points, 12 points apart.
    pub(crate) fn rows(self, x: f32, y: f32, rows: &[&str]) -> Self {
        rows.iter().enumerate().fold(self, |sheet, (index, row)| sheet.text(Type::Roman, 10.0, x, y + 12.0 * index as f32, row))
    }

    /// Sets text that runs upward, as the stamps of archives do.
    pub(crate) fn upward(mut self, x: f32, y: f32, text: &str) -> Self {
        let matrix = [0.0, 1.0, -1.0, 0.0, x, 792.0 - y].map(Object::from).to_vec();
        self.operations.extend([
            Operation::new("BT", vec![]),
            Operation::new("Tf", vec!["F1".into(), 20.into()]),
            Operation::new("Tm", matrix),
            Operation::new("Tj", vec![Object::string_literal(text)]),
            Operation::new("ET", vec![]),
        ]);
        self
    }

    /// Draws an image.
    pub(crate) fn image(mut self, x: f32, y: f32, width: f32, height: f32) -> Self {
        let matrix = [width, 0.0, 0.0, height, x, 792.0 - y - height].map(Object::from).to_vec();
        self.operations.extend([
            Operation::new("q", vec![]),
            Operation::new("cm", matrix),
            Operation::new("Do", vec!["I1".into()]),
            Operation::new("Q", vec![]),
        ]);
        self
    }

    /// Fills a rectangle; one without height or width is stroked as a line.
    pub(crate) fn bar(mut self, x: f32, y: f32, width: f32, height: f32) -> Self {
        let ends = [x, 792.0 - y - height, width, height].map(Object::from).to_vec();
        let paint = if width > 0.0 && height > 0.0 { "f" } else { "S" };
        self.operations.extend([Operation::new("re", ends), Operation::new(paint, vec![])]);
        self
    }

    /// Draws many short strokes in a rectangle, as a plot has them.
    pub(crate) fn plot(mut self, x: f32, y: f32, width: f32, height: f32) -> Self {
        for step in 0..60 {
            let share = step as f32 / 59.0;
            let (from, to) = ((x + share * width, 792.0 - y), (x + share * width * 0.97, 792.0 - y - height));
            self.operations.extend([
                Operation::new("m", vec![from.0.into(), from.1.into()]),
                Operation::new("l", vec![to.0.into(), to.1.into()]),
                Operation::new("S", vec![]),
            ]);
        }
        self
    }
}

/// Makes a file of pages; `title` goes into its information.
pub(crate) fn pdf(sheets: Vec<Sheet>, title: &str) -> Vec<u8> {
    save(file(sheets, title))
}

/// Makes a file that asks for a password, or only restricts what may be done if `user` is empty.
pub(crate) fn encrypted(sheets: Vec<Sheet>, user: &str) -> Vec<u8> {
    let mut file = file(sheets, "Locked");
    let id = Object::string_literal("0123456789abcdef");
    file.trailer.set("ID", vec![id.clone(), id]);
    let version = EncryptionVersion::V2 {
        document: &file,
        owner_password: "owner",
        user_password: user,
        key_length: 128,
        permissions: Permissions::empty(),
    };
    let state = EncryptionState::try_from(version).expect("valid settings");
    file.encrypt(&state).expect("it is not encrypted yet");
    save(file)
}

fn save(mut file: Document) -> Vec<u8> {
    let mut bytes = Vec::new();
    file.save_to(&mut bytes).expect("memory does not fail");
    bytes
}

fn file(sheets: Vec<Sheet>, title: &str) -> Document {
    let mut file = Document::with_version("1.5");
    let pages_id = file.new_object_id();
    let mut font = |name: &str| {
        file.add_object(
            dictionary! { "Type" => "Font", "Subtype" => "Type1", "BaseFont" => name, "Encoding" => "WinAnsiEncoding" },
        )
    };
    let fonts = dictionary! { "F1" => font("Times-Roman"), "F2" => font("Times-Bold"), "F3" => font("Courier") };
    let image = Stream::new(
        dictionary! {
            "Type" => "XObject", "Subtype" => "Image", "Width" => 1, "Height" => 1, "ColorSpace" => "DeviceGray", "BitsPerComponent" => 8,
        },
        vec![128],
    );
    let images = dictionary! { "I1" => file.add_object(image) };
    let resources = file.add_object(dictionary! { "Font" => fonts, "XObject" => images });
    let kids: Vec<Object> = sheets.into_iter().map(|sheet| add_page(&mut file, sheet, pages_id, resources).into()).collect();
    let count = i64::try_from(kids.len()).expect("samples are small");
    file.objects.insert(
        pages_id,
        dictionary! {
            "Type" => "Pages", "Kids" => kids, "Count" => count, "MediaBox" => vec![0.into(), 0.into(), 612.into(), 792.into()],
        }
        .into(),
    );
    let catalog = file.add_object(dictionary! { "Type" => "Catalog", "Pages" => pages_id });
    let information = file.add_object(dictionary! { "Title" => Object::string_literal(title) });
    file.trailer.set("Root", catalog);
    file.trailer.set("Info", information);
    file
}

fn add_page(file: &mut Document, sheet: Sheet, parent: ObjectId, resources: ObjectId) -> ObjectId {
    let content = Content { operations: sheet.operations }.encode().expect("plain operations");
    let content = file.add_object(Stream::new(dictionary! {}, content));
    file.add_object(dictionary! { "Type" => "Page", "Parent" => parent, "Contents" => content, "Resources" => resources })
}
