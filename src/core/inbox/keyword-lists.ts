/**
 * By language, as people write them; normalised where they are used. Every list counts in every language: people write
 * STOP everywhere, and an Italian in Romania writes BASTA. Words that also mean something else ("cancel", "end") stop only
 * when they are all that was written, and the answer says what was stopped. YES is no START in a chat full of questions.
 */

type Lists = Readonly<Record<string, readonly string[]>>;

// biome-ignore format: read as lists
export const STOP: Lists = {
  en: ['stop', 'stopall', 'stop all', 'unsubscribe', 'unsubscribe me', 'cancel', 'end', 'quit', 'revoke', 'optout', 'opt out', 'opt me out', 'remove', 'remove me',
    'stop it', 'stop this', 'stop now', 'stop messages', 'stop all messages', 'stop messaging', 'stop messaging me', 'stop sending', 'stop sending messages',
    'stop texting', 'stop texting me', 'stop writing', 'stop writing me', 'no more messages', 'unsub', 'un subscribe', 'unsubscribe all', 'unsubscribe now', 'unsuscribe', 'unsubcribe', 'opt-out all',
    'i want to unsubscribe', 'i want to stop', 'i want out', 'take me off', 'take me off the list', 'remove me from the list', 'remove me from your list', 'delete me', 'i opt out', 'stop the messages', 'stop ads', 'stop spam', 'stop marketing', 'stop promo', 'stop promotions'],
  ro: ['stop', 'opriti', 'opriți-vă', 'oprește', 'opreste-te', 'oprire', 'opriti mesajele', 'oprește mesajele', 'dezabonare', 'dezabonați-mă', 'dezaboneaza-ma', 'dezabonează', 'dezabonati', 'ma dezabonez',
    'vreau sa ma dezabonez', 'doresc sa ma dezabonez', 'doresc dezabonare', 'vreau dezabonare', 'renunț', 'renunta', 'renuntare', 'nu mai vreau', 'nu mai vreau mesaje', 'nu mai doresc', 'nu mai doresc mesaje', 'fara mesaje', 'stop mesaje', 'stop mesajele',
    'scoateti-ma', 'scoate-ma', 'stergeti-ma', 'scoateti-ma din lista', 'anulare abonare', 'nu-mi mai trimiteti', 'nu mai trimiteti', 'nu mai trimite', 'nu mai scrieti', 'gata stop'],
  de: ['stopp', 'stop', 'halt', 'abmelden', 'abmeldung', 'abbestellen', 'austragen', 'aufhören', 'hör auf', 'hören sie auf', 'bitte abmelden', 'ich möchte mich abmelden', 'mich abmelden', 'melde mich ab', 'kündigen', 'beenden', 'schluss',
    'keine nachrichten', 'keine nachrichten mehr', 'keine werbung', 'keine werbung mehr', 'nachrichten abbestellen', 'nachrichten stoppen', 'stoppen', 'newsletter abbestellen', 'abbestellung', 'löschen sie mich', 'widerruf', 'widerrufen'],
  fr: ['arret', 'arrêter', 'arrête', 'arrêtez', 'désabonner', 'désabonnement', 'me désabonner', 'désabonnez-moi', 'désinscrire', 'désinscription', 'me désinscrire', 'désinscrivez-moi', 'stop pub', 'stop sms', 'fin', 'plus de messages', 'plus de message', 'résilier', 'se désabonner', 'se désinscrire', 'stop messages', 'retirez-moi', 'supprimez-moi', 'je me désabonne', 'je veux me désabonner'],
  es: ['detener', 'baja', 'alto', 'parar', 'para', 'pare', 'cancelar', 'no más', 'no mas mensajes', 'no quiero más', 'no quiero mas mensajes', 'basta', 'darme de baja', 'dar de baja', 'dame de baja', 'denme de baja', 'quiero darme de baja', 'cancelar suscripción', 'desuscribir', 'desuscribirme', 'desuscribirse', 'eliminar', 'alto mensajes', 'solicito baja', 'baja por favor', 'no enviar más'],
  pt: ['parar', 'pare', 'parem', 'sair', 'quero sair', 'cancelar', 'descadastrar', 'descadastro', 'descadastre-me', 'me descadastre', 'quero descadastrar', 'desinscrever', 'cancelar inscrição', 'cancelar assinatura', 'não quero mais', 'chega', 'remover', 'me remova', 'remova-me', 'parar mensagens', 'pare de enviar', 'não enviar mais', 'me tire da lista'],
  it: ['ferma', 'fermati', 'fermate', 'basta', 'basta messaggi', 'annulla', 'disiscrivi', 'disiscrivimi', 'disiscrizione', 'disiscrivetemi', 'cancellami', 'cancellatemi', 'cancellazione', 'smetti', 'smettete', 'smettila', 'non voglio più', 'non più messaggi', 'niente più messaggi', 'rimuovimi', 'rimuovi', 'voglio disiscrivermi', 'stop messaggi'],
  ar: ['إيقاف', 'ايقاف', 'أوقف', 'اوقف', 'أوقفوا', 'توقف', 'توقفوا', 'قف', 'الغاء', 'إلغاء', 'إلغاء الاشتراك', 'الغاء الاشتراك', 'الغ الاشتراك', 'ألغ الاشتراك', 'الغي الاشتراك', 'ألغي اشتراكي', 'الغاء اشتراكي', 'كفى', 'كفاية', 'أوقف الرسائل', 'اوقف الرسائل', 'إيقاف الرسائل', 'ايقاف الرسائل', 'ستوب', 'لا أريد', 'لا اريد رسائل', 'لا ترسل', 'لا ترسلوا'],
  hi: ['रोकें', 'रोको', 'रोक दो', 'रोक दें', 'बंद', 'बंद करो', 'बंद करें', 'बंद कर दो', 'बन्द', 'बन्द करो', 'बन्द करें', 'रुको', 'रुकें', 'रुक जाओ', 'स्टॉप', 'सदस्यता रद्द', 'सदस्यता समाप्त', 'सदस्यता समाप्त करें', 'सदस्यता रद्द करें', 'अनसब्सक्राइब', 'मैसेज बंद करो', 'मैसेज बंद करें', 'संदेश बंद करें', 'संदेश बंद करो', 'और नहीं',
    'band', 'band karo', 'band karen', 'band kar do', 'band kardo', 'band kro', 'stop karo', 'stop kijiye', 'stop kar do', 'stop kro', 'band karein', 'roko', 'roko', 'roken', 'rok do', 'rokiye', 'ruko', 'message band karo', 'msg band karo', 'messages band karo'],
  ru: ['остановить', 'остановите', 'останови', 'стоп', 'отписаться', 'отписка', 'отпишите', 'отпишите меня', 'отпиши', 'отпиши меня', 'отписать', 'хватит', 'прекратить', 'прекратите', 'отмена подписки', 'отменить подписку', 'не писать', 'не пишите', 'больше не пишите', 'не присылайте', 'удалите меня', 'отказаться', 'отказ', 'хочу отписаться', 'стоп рассылка', 'остановите рассылку', 'остановить рассылку', 'прекратите рассылку', 'отмена рассылки'],
  uk: ['зупинити', 'зупиніть', 'відписатися', 'відписатись', 'відпишіть мене', 'відписка', 'досить', 'припинити'],
  pl: ['zatrzymaj', 'zatrzymać', 'wypisz', 'wypisz mnie', 'wypisać', 'wypisuję się', 'rezygnuję', 'rezygnacja', 'anuluj subskrypcję', 'koniec', 'dość', 'przestań', 'przestańcie', 'nie chcę', 'nie chcę wiadomości', 'usuń mnie', 'odsubskrybuj', 'odsubskrybować', 'stop wiadomości', 'zatrzymaj wiadomości', 'zatrzymajcie', 'proszę mnie wypisać', 'nie pisz', 'nie piszcie', 'nie wysyłać', 'nie wysyłajcie', 'anuluj'],
  tr: ['dur', 'durdur', 'durdurun', 'dur artık', 'iptal', 'iptal et', 'iptal edin', 'çık', 'çıkış', 'çıkar', 'beni çıkar', 'beni çıkarın', 'ret', 'abonelikten çık', 'abonelikten çıkmak istiyorum', 'aboneliği iptal et', 'aboneliği bitir', 'listeden çık', 'listeden çıkar', 'listeden çıkarın', 'mesaj istemiyorum', 'istemiyorum', 'yeter', 'artık yazma', 'mesaj atmayın', 'mesaj gönderme', 'mesaj göndermeyin', 'aboneliği sonlandır', 'mesajları durdur', 'mesajları durdurun', 'beni abonelikten çıkar', 'beni abonelikten çıkarın', 'abonelikten çıkar'],
  nl: ['stoppen', 'stop ermee', 'afmelden', 'afmelding', 'meld mij af', 'meld me af', 'ik wil me afmelden', 'uitschrijven', 'schrijf mij uit', 'schrijf me uit', 'opzeggen', 'geen berichten meer', 'geen berichten', 'ophouden', 'hou op', 'beëindigen', 'afzeggen', 'verwijder mij', 'stop berichten', 'geen reclame', 'geen reclame meer'],
  hu: ['leállít', 'leállítás', 'leiratkozás', 'leiratkozom', 'leiratkozok', 'leiratkozni', 'le akarok iratkozni', 'leíratkozás', 'elég', 'elég volt', 'állj', 'vége', 'törlés', 'töröljenek', 'töröljetek', 'ne írjanak', 'ne írjatok', 'ne küldjenek', 'ne küldjetek', 'leállítom', 'lemondás', 'lemondom', 'nem kérek több üzenetet', 'ne zaklassanak', 'hagyják abba', 'stop üzenetek'],
};

/** They stop when they are all that was written, and mean something else as soon as anything follows. */
// biome-ignore format: read as a list
export const AMBIGUOUS: readonly string[] = [
  'cancel', 'end', 'quit', 'remove', 'revoke', 'cancelar', 'annulla', 'anuluj', 'iptal', 'parar', 'alto', 'fin', 'beenden', 'kündigen', 'renunț', 'eliminar', 'remover', 'rimuovi', 'törlés', 'отказ', 'الغاء', 'إلغاء',
];

// biome-ignore format: read as lists
export const START: Lists = {
  en: ['start', 'unstop', 'resubscribe', 'subscribe', 'opt in', 'optin', 'start again', 'restart'], ro: ['abonare', 'pornește', 'reabonare', 'vreau mesaje', 'ma abonez', 'start mesaje', 'abonează-mă', 'reia'],
  de: ['anmelden', 'anmeldung', 'starten', 'abonnieren', 'wieder anmelden'], fr: ['reprendre', "s'abonner", 'abonner', 'commencer', 'démarrer', 'réabonner', 'me réabonner', "m'abonner"], es: ['alta', 'iniciar', 'empezar', 'suscribir', 'suscribirme', 'reanudar', 'comenzar', 'darme de alta'],
  pt: ['voltar', 'iniciar', 'começar', 'inscrever', 'assinar', 'retomar', 'recomeçar', 'reativar'], it: ['riprendi', 'inizia', 'avvia', 'iscrivi', 'iscrivimi', 'ricomincia', 'riattiva'], ar: ['اشتراك', 'ابدأ', 'ابدا', 'بدء', 'الاشتراك', 'اشترك', 'استئناف'],
  hi: ['शुरू', 'शुरू करें', 'शुरू करो', 'चालू', 'चालू करें', 'चालू करो', 'shuru', 'shuru karo', 'chalu karo', 'स्टार्ट'], ru: ['старт', 'начать', 'подписаться', 'возобновить', 'подпишите', 'подпишите меня'], pl: ['zapisz', 'wznów', 'zacznij', 'zapisz mnie', 'subskrybuj', 'wznowić'],
  tr: ['başla', 'başlat', 'abone ol', 'katıl', 'devam et', 'yeniden başla'], nl: ['aanmelden', 'hervatten', 'inschrijven', 'meld mij aan', 'starten', 'beginnen'], hu: ['indít', 'feliratkozás', 'feliratkozom', 'indítás', 'folytatás', 'kezdés'],
};

/** An answer to the question of a double opt-in, and to nothing else: heard only while one is open. */
// biome-ignore format: read as lists
export const YES: Lists = {
  en: ['yes', 'y', 'yes i agree', 'i agree', 'agree', 'confirm', 'i confirm', 'yep', 'yeah', 'sure'], ro: ['da', 'da sunt de acord', 'sunt de acord', 'de acord', 'accept', 'confirm', 'da accept', 'da confirm'], de: ['ja', 'einverstanden', 'bestätigen', 'ich bestätige', 'ich stimme zu'],
  fr: ['oui', "d'accord", "j'accepte", 'je confirme'], es: ['sí', 'acepto', 'confirmo', 'de acuerdo'], pt: ['sim', 'aceito', 'confirmo', 'concordo'], it: ['sì', 'accetto', 'confermo', "d'accordo"], ar: ['نعم', 'أوافق', 'موافق', 'أؤكد'], hi: ['हाँ', 'हां', 'जी हाँ', 'haan', 'ji haan', 'सहमत'],
  ru: ['да', 'согласен', 'согласна', 'подтверждаю'], uk: ['так', 'згоден', 'згодна', 'підтверджую'], pl: ['tak', 'zgadzam się', 'potwierdzam'], tr: ['evet', 'onaylıyorum', 'kabul ediyorum'], nl: ['ja akkoord', 'akkoord', 'ik bevestig'], hu: ['igen', 'elfogadom', 'megerősítem'],
};

// biome-ignore format: read as lists
export const POLITE: Lists = {
  en: ['please', 'pls', 'plz', 'thanks', 'thank you', 'thx', 'ok', 'okay', 'hi', 'hello', 'now', 'sorry', 'no', 'just', 'dear'], ro: ['va rog', 'te rog', 'va rog frumos', 'multumesc', 'mersi', 'va multumesc', 'buna', 'buna ziua', 'salut', 'rog'], de: ['bitte', 'danke', 'sofort', 'hallo', 'danke schön', 'vielen dank'],
  fr: ["s'il vous plait", "s'il te plait", 'svp', 'stp', 'merci', 'bonjour'], es: ['por favor', 'gracias', 'porfa', 'ya', 'hola'], pt: ['por favor', 'obrigado', 'obrigada', 'já', 'pf', 'olá'], it: ['per favore', 'grazie', 'per piacere', 'adesso', 'ciao', 'subito'],
  ar: ['من فضلك', 'من فضلكم', 'لو سمحت', 'لو سمحتم', 'شكرا', 'رجاء', 'الرجاء', 'الآن'], hi: ['कृपया', 'धन्यवाद', 'प्लीज', 'प्लीज़', 'please', 'kripya', 'अभी', 'abhi'], ru: ['пожалуйста', 'спасибо', 'плиз', 'сейчас', 'уже', 'здравствуйте'], pl: ['proszę', 'dziękuję', 'dzięki', 'już'],
  tr: ['lütfen', 'teşekkürler', 'teşekkür ederim', 'artık', 'hemen', 'sağol'], nl: ['alstublieft', 'alsjeblieft', 'aub', 'a u b', 'a.u.b.', 'svp', 'dank je', 'bedankt', 'graag', 'nu', 'dank u'], hu: ['kérem', 'kérlek', 'köszönöm', 'köszi', 'légyszi', 'most'],
};

/** Only words that hardly mean anything else; "cancel my ticket" must trouble nobody. */
// biome-ignore format: read as lists
export const DOUBT: Lists = {
  en: ['stop', 'unsubscribe', 'unsub', 'opt out', 'optout', 'opt me out', 'remove me', 'take me off', 'spam'], ro: ['dezabonare', 'dezabonez', 'dezabonati', 'dezaboneaza', 'dezabonarea', 'dezabonati ma', 'nu mai vreau', 'nu mai doresc', 'nu mai trimiteti', 'nu imi mai', 'nu mi mai'], de: ['stopp', 'abmelden', 'abbestellen', 'austragen', 'abmeldung', 'keine werbung', 'keine nachrichten'],
  fr: ['désabonner', 'désabonnement', 'désinscrire', 'désinscription', 'désabonnez', 'désinscrivez', 'arrêtez', 'plus recevoir'], es: ['darme de baja', 'dar de baja', 'de baja', 'desuscribir', 'desuscribirme', 'cancelar la suscripción', 'no quiero más', 'dejen de'], pt: ['descadastrar', 'descadastro', 'descadastre', 'descadastrem', 'não quero mais', 'parem de', 'pare de', 'sair da lista'],
  it: ['disiscrivermi', 'disiscrivetemi', 'disiscrivimi', 'disiscrizione', 'disiscrivere', 'non voglio più', 'basta messaggi', 'cancellatemi', 'smettete'], ar: ['إلغاء الاشتراك', 'الغاء الاشتراك', 'أوقفوا', 'اوقفوا', 'إيقاف', 'ايقاف', 'توقفوا', 'إلغاء اشتراكي', 'الغاء اشتراكي'], hi: ['रोकें', 'रोको', 'बंद करो', 'बंद करें', 'बंद कर', 'बन्द करो', 'band karo', 'band kar', 'roko', 'अनसब्सक्राइब', 'स्टॉप'],
  ru: ['стоп', 'отписаться', 'отпишите', 'отписка', 'отписать', 'отпиши', 'прекратите', 'не пишите', 'не присылайте', 'остановите'], pl: ['wypisz', 'wypisać', 'wypiszcie', 'odsubskrybować', 'rezygnuję', 'przestańcie', 'zatrzymaj', 'zatrzymać'], tr: ['abonelikten', 'durdurun', 'listeden', 'mesaj istemiyorum', 'mesaj atmayın', 'durdur', 'iptal edin'],
  nl: ['afmelden', 'uitschrijven', 'geen berichten', 'meld mij af', 'schrijf mij uit', 'afmelding'], hu: ['leiratkozás', 'leiratkozom', 'leiratkozok', 'leiratkozni', 'iratkozni', 'leiratkozásomat', 'ne küldjenek', 'ne írjanak', 'leállítás'],
};
