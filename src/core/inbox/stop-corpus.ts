/**
 * What people answer to a business, judged by reading and not by any list of keywords: this file judges those lists.
 * `und` marks a text that belongs to no language. No text of `MUST_START` or `POSSIBLE` may be taken as a STOP either.
 */
type Corpus = readonly (readonly [language: string, text: string])[];

/** Short, and nobody who reads it doubts: this person wants no more messages. */
// biome-ignore format: read as lists
export const MUST_STOP: Corpus = [
  // en: capitals and punctuation
  ['en', 'STOP'], ['en', 'stop'], ['en', 'Stop'], ['en', 'sToP'], ['en', 'Stop.'], ['en', 'STOP!!!'], ['en', 'stop...'],
  ['en', 'STOP…'], ['en', '...stop'], ['en', 'STOP‼️'], ['en', '"STOP"'], ['en', "'stop'"], ['en', '“STOP”'],
  ['en', '‘Stop’'], ['en', '*STOP*'], ['en', '_stop_'], ['en', '```STOP```'], ['en', '(stop)'], ['en', '[STOP]'],
  ['en', '<stop>'], ['en', '#STOP'], ['en', '/stop'], ['en', '- STOP -'],
  // en: emoji
  ['en', 'STOP 🛑'], ['en', 'STOP🛑'], ['en', '🛑STOP🛑'], ['en', '🛑 🛑 stop'], ['en', 'STOP ✋🏽'], ['en', 'stop 🙅‍♀️'],
  ['en', 'Stop 🤦🏻‍♂️🤦🏻‍♂️'], ['en', 'STOP ⛔️❗️'], ['en', 'stop 🇬🇧'], ['en', 'Stop 👎 😡'], ['en', 'stop ❤️'],
  // en: other letters for the same letters
  ['en', 'ＳＴＯＰ'], ['en', 'ｓｔｏｐ！'], ['en', '𝐒𝐓𝐎𝐏'], ['en', '𝓈𝓉ℴ𝓅'], ['en', 'ⓢⓣⓞⓟ'], ['en', 'stóp'], ['en', 'STÖP'],
  // en: taken apart, stretched, doubled
  ['en', 's t o p'], ['en', 'S T O P'], ['en', 'S  T  O  P !'], ['en', 'S.T.O.P'], ['en', 's.t.o.p.'], ['en', 'S-T-O-P'],
  ['en', 'S_T_O_P'], ['en', 'stooop'], ['en', 'STOPPP'], ['en', 'Stoooopppp!!!'], ['en', 'SSSTOP'], ['en', 'stop stop'],
  ['en', 'STOP STOP STOP'], ['en', 'Stop, stop!'], ['en', 'STOP!STOP!STOP!'], ['en', 'stop\nstop\nstop'],
  // en: invisible characters and spaces
  ['en', 'STOP\n'], ['en', 'Stop\r\n'], ['en', '\n\nSTOP'], ['en', '   stop   '], ['en', '\tstop\t'], ['en', '\u200bSTOP'],
  ['en', 'ST\u200bOP'], ['en', 'S\u200dT\u200cO\u200bP'], ['en', 'st\u00adop'], ['en', '\ufeffstop'], ['en', 'STOP\u2060'],
  ['en', '\u200eSTOP\u200f'], ['en', '\u202aStop\u202c'], ['en', '\u2068stop\u2069'], ['en', '\u00a0stop\u00a0'],
  ['en', '\u3000ＳＴＯＰ\u3000'], ['en', 'STOP\ufe0f'], ['en', '\u200b\nSTOP'],
  // en: first line, then something else
  ['en', 'STOP\nThank you'], ['en', 'Stop.\n\nSent from my iPhone'], ['en', 'stop\nI never signed up for this'],
  ['en', 'STOP\r\nMaria Jones'], ['en', '🛑 Stop!\nThis is the third time I ask.'], ['en', 'Unsubscribe\n--\nJohn'],
  // en: politely or with its object
  ['en', 'stop please'], ['en', 'Please stop'], ['en', 'pls stop'], ['en', 'STOP PLS!!'], ['en', 'stop, thanks'],
  ['en', 'STOP thank you 🙏'], ['en', 'please, stop!'], ['en', 'stop messages'], ['en', 'Stop messaging me'],
  ['en', 'stop texting me'],
  // en: the other words
  ['en', 'STOPALL'], ['en', 'stop all'], ['en', 'Stop All.'], ['en', 'STOP-ALL'], ['en', 'unsubscribe'], ['en', 'UNSUBSCRIBE'],
  ['en', 'Unsubscribe.'], ['en', 'unsubscribe me'], ['en', 'Unsubscribe me please'], ['en', 'please unsubscribe'],
  ['en', 'un-subscribe'], ['en', 'UNSUB\u200bSCRIBE'], ['en', 'cancel'], ['en', 'CANCEL!'], ['en', 'END'], ['en', 'end.'],
  ['en', 'QUIT'], ['en', 'quit!'], ['en', 'revoke'], ['en', 'REVOKE'], ['en', 'optout'], ['en', 'OptOut'], ['en', 'opt out'],
  ['en', 'OPT OUT!'], ['en', 'opt-out'], ['en', 'Opt‑out'], ['en', 'opt out please'], ['en', 'opt me out'], ['en', 'remove'],
  ['en', 'REMOVE'], ['en', 'remove me'], ['en', 'Remove me please'],

  // ro
  ['ro', 'STOP va rog'], ['ro', 'stop vă rog'], ['ro', 'Vă rog stop'], ['ro', 'stop va rog frumos'], ['ro', 'STOP, mulțumesc'],
  ['ro', 'stop mersi'], ['ro', 'STOP mesaje'], ['ro', 'Stop!\nMulțumesc'], ['ro', 'OPRESTE'], ['ro', 'Oprește'],
  ['ro', 'OPREȘTE!'], ['ro', 'opreşte'], ['ro', 'opres\u0326te'], ['ro', 'opriți mesajele'], ['ro', 'dezabonare'],
  ['ro', 'DEZABONARE'], ['ro', 'Dezabonare.'], ['ro', 'dezabonare va rog'], ['ro', 'D E Z A B O N A R E'],
  ['ro', 'dezaboneaza'], ['ro', 'DEZABONEAZĂ'], ['ro', 'Dezaboneaza-ma'], ['ro', 'dezabonează-mă vă rog'],
  ['ro', 'Dezabonați-mă'], ['ro', 'renunt'], ['ro', 'Renunț'], ['ro', 'RENUNŢ!'], ['ro', 'nu mai vreau'], ['ro', 'NU MAI VREAU!!!'],
  ['ro', 'Nu mai vreau mesaje'], ['ro', '„STOP”'],

  // de
  ['de', 'Stopp'], ['de', 'STOPP!'], ['de', 'stoppp'], ['de', 'S T O P P'], ['de', 'bitte stopp'], ['de', 'Stop bitte'],
  ['de', 'STOPP danke'], ['de', 'stopp stopp'], ['de', '„Stopp“'], ['de', 'Halt'], ['de', 'HALT!!'], ['de', 'abmelden'],
  ['de', 'ABMELDEN'], ['de', 'Abmelden.'], ['de', 'bitte abmelden'], ['de', 'Abmelden bitte 🙏'], ['de', 'abbestellen'],
  ['de', 'ABBESTELLEN'], ['de', 'Bitte abbestellen!'], ['de', 'austragen'], ['de', 'Bitte austragen'],
  ['de', 'Stopp\nMit freundlichen Grüßen\nH. Weber'], ['de', 'keine Nachrichten mehr'],

  // fr
  ['fr', 'ARRET'], ['fr', 'Arrêt'], ['fr', 'ARRÊT !'], ['fr', 'arre\u0302t'], ['fr', 'a r r e t'], ['fr', 'arreter'], ['fr', 'Arrêter'],
  ['fr', 'ARRÊTER'], ['fr', 'arrêtez svp'], ['fr', 'stop svp'], ['fr', "STOP s'il vous plaît"], ['fr', 'Stop, merci'],
  ['fr', '« STOP »'], ['fr', 'STOP SMS'], ['fr', 'STOP PUB'], ['fr', 'désabonner'], ['fr', 'DESABONNER'],
  ['fr', 'Désabonnez-moi'], ['fr', 'me désabonner'], ['fr', 'désabonnement'], ['fr', 'désinscrire'], ['fr', 'DESINSCRIRE'],
  ['fr', 'Désinscrire svp'], ['fr', 'se désinscrire'], ['fr', 'Stop\nMerci de ne plus m’écrire'],

  // es
  ['es', 'DETENER'], ['es', 'Detener.'], ['es', 'BAJA'], ['es', 'baja'], ['es', 'Baja por favor'], ['es', 'darme de baja'],
  ['es', 'DAR DE BAJA'], ['es', 'B A J A'], ['es', 'ALTO'], ['es', '¡Alto!'], ['es', 'altooo'], ['es', 'PARAR'], ['es', 'parar'],
  ['es', 'CANCELAR'], ['es', 'NO MAS'], ['es', 'No más'], ['es', '¡¡No más!!'], ['es', 'no más mensajes'],
  ['es', 'stop por favor'], ['es', 'STOP gracias'], ['es', '¡STOP!'], ['es', 'BAJA\nGracias'], ['es', 'desuscribirme'],

  // pt
  ['pt', 'Parar!'], ['pt', 'PARE'], ['pt', 'pare'], ['pt', 'Pare!!!'], ['pt', 'pare por favor'], ['pt', 'SAIR'], ['pt', 'sair'],
  ['pt', 'Sair.'], ['pt', 's a i r'], ['pt', 'Cancelar.'], ['pt', 'DESCADASTRAR'], ['pt', 'descadastrar'],
  ['pt', 'Descadastrar por favor'], ['pt', 'me descadastre'], ['pt', 'por favor stop'], ['pt', 'stop, obrigado'],
  ['pt', 'Parar mensagens'], ['pt', 'SAIR\nObrigada'], ['pt', 'PARE 🛑'],

  // it
  ['it', 'FERMA'], ['it', 'ferma'], ['it', 'Ferma!'], ['it', 'BASTA'], ['it', 'Basta!!!'], ['it', 'bastaaa'], ['it', 'basta messaggi'],
  ['it', 'ANNULLA'], ['it', 'annulla'], ['it', 'DISISCRIVI'], ['it', 'disiscrivi'], ['it', 'Disiscrivimi'],
  ['it', 'disiscrivimi per favore'], ['it', 'STOP grazie'], ['it', 'stop per favore'], ['it', 'Per favore stop'],
  ['it', 'f e r m a'], ['it', 'Basta\nNon scrivetemi più'], ['it', 'disiscrizione'],

  // ar
  ['ar', 'إيقاف'], ['ar', 'ايقاف'], ['ar', 'إيقـــاف'], ['ar', 'إِيقَاف'], ['ar', 'ايقاف الرسائل'], ['ar', 'توقف'], ['ar', 'توقف!'],
  ['ar', 'توقــف'], ['ar', 'تَوَقَّفْ'], ['ar', 'توقف من فضلك'], ['ar', '\ufe97\ufeee\ufed7\ufed2'], ['ar', 'قف'], ['ar', 'قِفْ'],
  ['ar', 'قـف'], ['ar', 'الغاء'], ['ar', 'إلغاء'], ['ar', 'إلغاء الاشتراك'], ['ar', 'الغاء الاشتراك'], ['ar', 'إلغاء الإشتراك لو سمحت'],
  ['ar', '\u200fتوقف\u200f'], ['ar', '\u202bإيقاف\u202c'], ['ar', 'STOP من فضلك'], ['ar', 'ستوب'], ['ar', 'توقف 🛑'], ['ar', 'إيقاف\nشكرا'],

  // hi
  ['hi', 'रोकें'], ['hi', 'रोको'], ['hi', 'रोको!'], ['hi', 'रोको।'], ['hi', 'कृपया रोकें'], ['hi', 'बंद'], ['hi', 'बंद करो'], ['hi', 'बन्द करो'],
  ['hi', 'बंद करें'], ['hi', 'कृपया बंद करें'], ['hi', 'मैसेज बंद करो'], ['hi', 'बंद\u200d करो'], ['hi', 'स्टॉप'], ['hi', 'band karo'],
  ['hi', 'BAND KARO'], ['hi', 'Band karo!!'], ['hi', 'band kro'], ['hi', 'message band karo'], ['hi', 'roko'], ['hi', 'ROKO'],
  ['hi', 'roko please'], ['hi', 'stop karo'], ['hi', 'stop kijiye'], ['hi', 'बंद करो\nधन्यवाद'],

  // ru
  ['ru', 'СТОП'], ['ru', 'стоп'], ['ru', 'Стоп.'], ['ru', 'СТОП!!!'], ['ru', 'стооооп'], ['ru', 'с т о п'], ['ru', 'С.Т.О.П.'],
  ['ru', 'стоп стоп'], ['ru', '«Стоп»'], ['ru', 'СТОП 🛑'], ['ru', 'стоп, пожалуйста'], ['ru', 'Пожалуйста, стоп'],
  ['ru', 'СТ\u200bОП'], ['ru', 'ОСТАНОВИТЬ'], ['ru', 'остановить'], ['ru', 'Остановите рассылку'], ['ru', 'отписаться'],
  ['ru', 'ОТПИСАТЬСЯ'], ['ru', 'Отпишите меня'], ['ru', 'отпишите меня, пожалуйста'], ['ru', 'Стоп\nСпасибо'],

  // pl
  ['pl', 'ZATRZYMAJ'], ['pl', 'zatrzymaj'], ['pl', 'Zatrzymaj!'], ['pl', 'Z A T R Z Y M A J'], ['pl', 'zatrzymaj wiadomości'],
  ['pl', 'stop proszę'], ['pl', 'Proszę stop'], ['pl', 'prosze stop'], ['pl', 'STOP dziękuję'], ['pl', 'stop wiadomości'],
  ['pl', '„stop”'], ['pl', 'wypisz mnie'], ['pl', 'WYPISZ MNIE'], ['pl', 'Proszę wypisz mnie'], ['pl', 'STOP\nDziękuję'],

  // tr
  ['tr', 'DURDUR'], ['tr', 'durdur'], ['tr', 'Durdur!'], ['tr', 'mesajları durdur'], ['tr', 'MESAJLARI DURDUR'], ['tr', 'İPTAL'],
  ['tr', 'iptal'], ['tr', 'IPTAL'], ['tr', 'ıptal'], ['tr', 'i\u0307ptal'], ['tr', 'RET'], ['tr', 'Abonelikten çık'],
  ['tr', 'ABONELİKTEN ÇIK'], ['tr', 'ABONELIKTEN CIK'], ['tr', 'abonelikten cik'], ['tr', 'beni abonelikten çıkar'],
  ['tr', 'stop lütfen'], ['tr', 'LÜTFEN STOP'], ['tr', 'stop lutfen'], ['tr', 'STOP\nTeşekkürler'],

  // nl
  ['nl', 'stop aub'], ['nl', 'STOP a.u.b.'], ['nl', 'stop alsjeblieft'], ['nl', 'Stop alstublieft'], ['nl', 'stop, bedankt'],
  ['nl', 'stoppen'], ['nl', 'STOPPEN'], ['nl', 'afmelden'], ['nl', 'AFMELDEN'], ['nl', 'Afmelden aub'], ['nl', 'a f m e l d e n'],
  ['nl', 'meld me af'], ['nl', 'uitschrijven'], ['nl', 'UITSCHRIJVEN'], ['nl', 'Uitschrijven a.u.b.'], ['nl', 'schrijf me uit'],
  ['nl', 'Stop\nBedankt'],

  // hu
  ['hu', 'LEIRATKOZÁS'], ['hu', 'leiratkozás'], ['hu', 'leiratkozas'], ['hu', 'Leiratkoza\u0301s!'], ['hu', 'leiratkozom'],
  ['hu', 'LEIRATKOZOM!!!'], ['hu', 'Leiratkozni'], ['hu', 'leiratkozok'], ['hu', 'leiratkozás kérem'],
  ['hu', 'l e i r a t k o z á s'], ['hu', 'stop kérem'], ['hu', 'Kérem stop'], ['hu', 'stop kerem'], ['hu', 'STOP köszönöm'],
  ['hu', 'Stop\nKöszönöm'],
];

/** Answers about tickets, queues and shops after which stopping would be clearly wrong. */
// biome-ignore format: read as lists
export const MUST_NOT_STOP: Corpus = [
  // und: nothing, signs, numbers, placeholders
  ['und', ''], ['und', ' '], ['und', '\n\n\n'], ['und', '\t'], ['und', '\u200b'], ['und', '\ufeff'], ['und', '\u3000'], ['und', '.'],
  ['und', '...'], ['und', '?'], ['und', '???'], ['und', '!!!'], ['und', '-'], ['und', '👍'], ['und', '👍🏽'], ['und', '🙏🙏'], ['und', '❤️'],
  ['und', '😂😂😂'], ['und', '👨‍👩‍👧‍👦'], ['und', '0'], ['und', '1'], ['und', '2'], ['und', '10'], ['und', '１０'], ['und', '٣'], ['und', '19:30'],
  ['und', '4711-22'], ['und', '25 €'], ['und', '+40 721 000 111'], ['und', 'https://example.com/stop'], ['und', 'stop@example.com'],
  ['und', '[voice message]'], ['und', '🎤 0:07'], ['und', '<Media omitted>'], ['und', '[image]'], ['und', '[sticker]'], ['und', '[location]'],

  // en
  ['en', 'yes'], ['en', 'No'], ['en', 'ok'], ['en', 'Thanks!'], ['en', 'Fine'], ['en', 'See you at the bus stop'], ['en', 'bus stop'],
  ['en', "don't stop"], ['en', 'Please don’t stop'], ['en', 'Never stop!'], ['en', 'Stop 2 tickets'], ['en', 'Non stop'],
  ['en', 'nonstop'], ['en', 'stopover'], ['en', 'Is there a stopover in Vienna?'], ['en', 'I’ll stop by at 5'],
  ['en', 'stop by tomorrow?'], ['en', 'Which stop is closest to the venue?'], ['en', 'One stop shop, love it'],
  ['en', 'We can’t stop laughing, great show!'], ['en', 'Did the rain stop?'], ['en', 'Tom Stoppard'], ['en', 'shop'],
  ['en', 'Top'], ['en', 'step'], ['en', 'post'], ['en', 'weekend'], ['en', 'This weekend works'], ['en', 'send'],
  ['en', 'Send it again please'], ['en', 'friend'], ['en', 'At the end of the month'], ['en', 'When does it end?'],
  ['en', 'The end was great'], ['en', 'finish'], ['en', 'When do you finish today?'], ['en', 'cancel my ticket'],
  ['en', 'cancel order 123'], ['en', 'Cancel table for 4 tonight, we come tomorrow'], ['en', 'Is the concert cancelled?'],
  ['en', 'remove one ticket'], ['en', 'Remove me from the queue, I found another table'], ['en', 'Please remove the onions'],
  ['en', 'I quit smoking, is the course still on?'], ['en', 'quit smoking course'], ['en', 'quite'], ['en', 'Quito'],
  ['en', 'mosquito spray'], ['en', 'Can I opt out of the dinner and keep the ticket?'], ['en', 'opt for row 3'],
  ['en', 'The band starts at 8, right?'], ['en', 'How much is it?'], ['en', 'Revoked card, can I pay cash?'],
  ['en', 'What does "reply STOP to unsubscribe" mean?'], ['en', 'Halton, 2 tickets'],

  // ro
  ['ro', 'da'], ['ro', 'nu'], ['ro', 'Gata'], ['ro', 'mulțumesc'], ['ro', 'Vin imediat'], ['ro', 'Nu te opri!'],
  ['ro', 'Unde se oprește autobuzul?'], ['ro', 'La stop faceți dreapta'], ['ro', 'Mi s-a stricat stopul la mașină'],
  ['ro', 'Aveți non-stop?'], ['ro', 'Sunteți deschis nonstop?'], ['ro', 'nu mai vreau pizza, vreau paste'],
  ['ro', 'Nu mai vreau bilete la 19, vreau la 21'], ['ro', 'nu mai vin singur, suntem doi'], ['ro', 'Renunț la un bilet din trei'],
  ['ro', 'Îmi pare rău, întârzii 5 minute'], ['ro', 'Anulați comanda 12'], ['ro', 'Se poate anula biletul?'],
  ['ro', 'cât costă abonamentul?'], ['ro', 'Popescu'], ['ro', 'Ajung în 10 minute'], ['ro', 'Mai aveți în stoc?'],

  // de
  ['de', 'ja'], ['de', 'nein'], ['de', 'Danke'], ['de', 'passt'], ['de', 'Stopfen'], ['de', 'Haben Sie noch Stopfen in Größe 5?'],
  ['de', 'Stoppuhr'], ['de', 'Zwischenstopp in Wien?'], ['de', 'Wir machen noch einen Stopp an der Tankstelle'],
  ['de', 'Haltestelle'], ['de', 'An welcher Haltestelle?'], ['de', 'Dann halt morgen'], ['de', 'ist halt so'], ['de', 'Inhalt'],
  ['de', 'haltbar bis wann?'], ['de', 'Erhalten, danke'], ['de', 'Ich will mein Kind vom Schwimmkurs am Montag abmelden'],
  ['de', 'Können Sie die Pakete heute noch austragen?'], ['de', 'Wann wird das Spiel ausgetragen?'],
  ['de', 'Bestellen Sie bitte einen Tisch'], ['de', 'Wochenende'], ['de', 'Ende gut, alles gut'], ['de', 'Bitte Bestellung 12 stornieren'],
  ['de', 'Bitte nicht stoppen, tolle Aktion'],

  // fr
  ['fr', 'oui'], ['fr', 'non'], ['fr', 'merci'], ['fr', 'D’accord'], ['fr', 'arrêt de bus'], ['fr', "À quel arrêt faut-il descendre ?"],
  ['fr', "ne t'arrête pas"], ['fr', 'N’arrêtez pas, on adore'], ['fr', 'Le bus s’arrête devant ?'], ['fr', 'sans arrêt'],
  ['fr', 'Je fais du stop, j’arrive à 20 h'], ['fr', 'auto-stop'], ['fr', 'Annuler la commande 12'], ['fr', 'J’annule une place sur trois'],
  ['fr', 'C’est combien ?'], ['fr', 'La fin du spectacle est à quelle heure ?'], ['fr', 'halte-garderie'], ['fr', 'Je voudrais m’inscrire'],
  ['fr', 'Deux places svp'], ['fr', 'Combien coûte l’abonnement ?'], ['fr', 'Stéphane'],

  // es
  ['es', 'sí'], ['es', 'No, gracias'], ['es', 'vale'], ['es', 'más alto'], ['es', 'El más alto de los dos'], ['es', 'Palo Alto'],
  ['es', 'planta baja'], ['es', '¿Está en la planta baja?'], ['es', 'Baja California'], ['es', 'rebaja'], ['es', '¿Hay rebajas?'],
  ['es', '¿Dónde puedo parar el coche?'], ['es', 'para dos personas'], ['es', 'No pares'], ['es', 'cancelar pedido 12'],
  ['es', 'Quiero cancelar mi entrada'], ['es', 'No, más tarde'], ['es', 'no más de 20 euros'], ['es', 'Con eso basta'],
  ['es', 'fin de semana'], ['es', '¿Cuánto cuesta?'], ['es', 'Parada de autobús'], ['es', 'sin parar'], ['es', 'Ya bajo'],

  // pt
  ['pt', 'sim'], ['pt', 'não'], ['pt', 'Obrigado'], ['pt', 'Posso sair da fila e voltar?'], ['pt', 'A que horas vão sair os pedidos?'],
  ['pt', 'saída'], ['pt', 'Não pare!'], ['pt', 'sem parar'], ['pt', 'Onde posso parar o carro?'], ['pt', 'parede'],
  ['pt', 'Cancelar o pedido 12'], ['pt', 'quero cancelar um ingresso'], ['pt', 'ponto de ônibus'], ['pt', 'Paragem de autocarro?'],
  ['pt', 'Volto já'], ['pt', 'Quanto custa?'], ['pt', 'Fim de semana'], ['pt', 'Basta um ingresso'], ['pt', 'Quero me cadastrar'],
  ['pt', 'O show é no andar alto?'],

  // it
  ['it', 'sì'], ['it', 'Va bene'], ['it', 'grazie'], ['it', 'Conferma'], ['it', 'Confermo'], ['it', 'fermata'],
  ['it', 'A quale fermata scendo?'], ['it', 'Il treno ferma a Pisa?'], ['it', 'Due birre e basta'], ['it', 'Mi basta un biglietto'],
  ['it', 'Non fermatevi, siete bravissimi'], ['it', 'annulla il biglietto'], ['it', 'Annulla ordine 12'],
  ['it', 'È annullato il concerto?'], ['it', 'fine settimana'], ['it', 'Quanto costa?'], ['it', 'Piano alto'], ['it', 'Pare di sì'],
  ['it', 'Aperto non stop?'], ['it', 'Vorrei iscrivermi al corso'], ['it', 'bastano tre posti'],

  // ar
  ['ar', 'نعم'], ['ar', 'لا'], ['ar', 'شكرا'], ['ar', 'تمام'], ['ar', 'موقف'], ['ar', 'أين موقف الباص؟'], ['ar', 'هل يوجد موقف سيارات؟'],
  ['ar', 'هل يتوقف الباص هنا؟'], ['ar', 'بدون توقف'], ['ar', 'رحلة بدون توقف'], ['ar', 'السقف'], ['ar', 'أنا واقف بالطابور'],
  ['ar', 'إلغاء التذكرة'], ['ar', 'الغاء الطلب رقم ١٢'], ['ar', 'هل تم إلغاء الحفلة؟'], ['ar', 'كم السعر؟'], ['ar', 'اشتراك النادي بكم؟'],
  ['ar', 'إن شاء الله'], ['ar', 'محمد'], ['ar', 'تذكرتين لو سمحت'], ['ar', 'لا تتوقفوا، العرض رائع'],

  // hi: the names and dishes differ from the stop words in vowel signs only
  ['hi', 'हाँ'], ['hi', 'नहीं'], ['hi', 'धन्यवाद'], ['hi', 'ठीक है'], ['hi', 'रॉकी'], ['hi', 'राका'], ['hi', 'बूंदी'], ['hi', 'बाद में'],
  ['hi', 'दुकान कब बंद होती है?'], ['hi', 'क्या आज बंद है?'], ['hi', 'बंद गोभी'], ['hi', 'रुको, मैं आ रहा हूँ'], ['hi', 'बस स्टॉप कहाँ है?'],
  ['hi', 'बंद मत करो, अच्छा लगता है'], ['hi', 'Band Baaja Baaraat'], ['hi', 'live band kab aayega?'], ['hi', 'dukaan kab band hoti hai'],
  ['hi', 'AC band karo please, thand lag rahi hai'], ['hi', 'gaadi yahan roko kya?'], ['hi', 'nonstop bus hai kya'],
  ['hi', 'haan ji'], ['hi', 'nahi'], ['hi', 'kitne ka hai'], ['hi', 'ticket cancel kar do'],

  // ru
  ['ru', 'да'], ['ru', 'нет'], ['ru', 'спасибо'], ['ru', 'Хорошо'], ['ru', 'нон-стоп'], ['ru', 'Работаете нон-стоп?'], ['ru', 'стопка'],
  ['ru', 'Две стопки блинов'], ['ru', 'автостоп'], ['ru', 'Приеду автостопом к 8'], ['ru', 'стопа'], ['ru', 'Какой размер стопы?'],
  ['ru', 'остановка'], ['ru', 'На какой остановке выходить?'], ['ru', 'Не останавливайтесь, всё супер'], ['ru', 'стол на двоих'],
  ['ru', 'Отменить заказ 12'], ['ru', 'Отменили концерт?'], ['ru', 'Сколько стоит?'], ['ru', 'сто'], ['ru', 'Степан'],

  // pl
  ['pl', 'tak'], ['pl', 'nie'], ['pl', 'Dziękuję'], ['pl', 'dobra'], ['pl', 'Stopka'], ['pl', 'stopa'], ['pl', 'Stopień'],
  ['pl', 'Jest 5 stopni, będzie koncert?'],
  ['pl', 'Jadę stopem, spóźnię się'], ['pl', 'autostop'], ['pl', 'przystanek'], ['pl', 'Na którym przystanku wysiąść?'],
  ['pl', 'Zatrzymaj resztę'], ['pl', 'Proszę nie zatrzymywać kolejki'], ['pl', 'Czynne non stop?'], ['pl', 'Anuluj zamówienie 12'],
  ['pl', 'Czy koncert odwołany?'], ['pl', 'Ile kosztuje?'], ['pl', 'Wypisz mi fakturę'], ['pl', 'koniec kolejki?'],

  // tr
  ['tr', 'evet'], ['tr', 'hayır'], ['tr', 'Teşekkürler'], ['tr', 'tamam'], ['tr', 'Dur bir bakayım'], ['tr', 'durak'],
  ['tr', 'Hangi durakta ineceğim?'], ['tr', 'ücret'], ['tr', 'Ücret ne kadar?'], ['tr', 'biletimi iptal et'],
  ['tr', '12 numaralı siparişi iptal edin'], ['tr', 'İptal oldu mu konser?'], ['tr', 'Durmayın, harikasınız'],
  ['tr', 'Durum nedir?'], ['tr', 'Çıkış kapısı nerede?'], ['tr', 'Işıl'], ['tr', 'kaç para'], ['tr', 'stopaj dahil mi?'],
  ['tr', 'İki kişilik masa'],

  // nl
  ['nl', 'ja hoor'], ['nl', 'nee'], ['nl', 'bedankt'], ['nl', 'Prima'], ['nl', 'stopcontact'], ['nl', 'Is er een stopcontact bij de tafel?'],
  ['nl', 'stoplicht'], ['nl', 'tussenstop'], ['nl', 'Niet stoppen, het is geweldig'], ['nl', 'Bij welke halte?'], ['nl', 'halte 12'],
  ['nl', 'Ik meld me af voor de les van vanavond'], ['nl', 'Hoe laat stopt de muziek?'], ['nl', 'einde van de rij?'],
  ['nl', 'Bestelling 12 annuleren'], ['nl', 'Wat kost het?'], ['nl', 'weekendje weg'], ['nl', 'Twee kaartjes graag'], ['nl', 'Stap 2 gedaan'],

  // hu
  ['hu', 'igen'], ['hu', 'nem'], ['hu', 'köszönöm'], ['hu', 'rendben'], ['hu', 'megálló'], ['hu', 'Hol van a megálló?'],
  ['hu', 'Hol áll meg a busz?'], ['hu', 'stoptábla'], ['hu', 'A stoptáblánál jobbra?'], ['hu', 'stoppal jövök, kések'],
  ['hu', 'nonstop nyitva?'], ['hu', 'Elég lesz 2 jegy'], ['hu', 'Lemondom a mai jegyet, holnap megyek'],
  ['hu', 'Törölje a 12-es rendelést'], ['hu', 'Elmarad a koncert?'], ['hu', 'Mennyibe kerül?'], ['hu', 'Mégsem egy, hanem két jegy'],
  ['hu', 'hétvége'], ['hu', 'Szabó Éva'],
];

/** Short, and nobody doubts: this person wants the messages again. A bare yes is not among them. */
// biome-ignore format: read as lists
export const MUST_START: Corpus = [
  // en
  ['en', 'START'], ['en', 'start'], ['en', 'Start.'], ['en', 'START!!!'], ['en', 'ＳＴＡＲＴ'], ['en', 's t a r t'], ['en', 'ST\u200bART'],
  ['en', 'start please'], ['en', 'START\nThank you'], ['en', 'UNSTOP'], ['en', 'unstop'], ['en', '"Unstop"'],
  // ro
  ['ro', 'ABONARE'], ['ro', 'abonare'], ['ro', 'Abonare.'], ['ro', 'abonare va rog'],
  // de
  ['de', 'ANMELDEN'], ['de', 'anmelden'], ['de', 'Anmelden!'], ['de', 'Start bitte'],
  // fr
  ['fr', 'REPRENDRE'], ['fr', 'reprendre'], ['fr', 'Reprendre svp'],
  // es
  ['es', 'ALTA'], ['es', 'alta'], ['es', '¡Alta!'], ['es', 'ALTA por favor'],
  // pt
  ['pt', 'VOLTAR'], ['pt', 'voltar'], ['pt', 'Voltar!'],
  // it
  ['it', 'RIPRENDI'], ['it', 'riprendi'], ['it', 'Riprendi 👍'],
  // ar
  ['ar', 'اشتراك'], ['ar', 'اشتـراك'], ['ar', 'اِشْتِراك'], ['ar', 'إشتراك'],
  // hi
  ['hi', 'शुरू'], ['hi', 'शुरू।'], ['hi', 'शुरू करो'],
  // ru
  ['ru', 'СТАРТ'], ['ru', 'старт'], ['ru', 'Старт!'],
  // pl
  ['pl', 'start proszę'], ['pl', '„START”'],
  // tr
  ['tr', 'start lütfen'], ['tr', 'BAŞLAT'], ['tr', 'başlat'],
  // nl
  ['nl', 'AANMELDEN'], ['nl', 'aanmelden'],
  // hu
  ['hu', 'FELIRATKOZÁS'], ['hu', 'feliratkozas'],
];

/** Means it, but is too long for a machine to be sure: a person looks. */
// biome-ignore format: read as lists
export const POSSIBLE: Corpus = [
  // en
  ['en', 'I don’t want your messages any more, please stop writing to me'], ['en', 'Can you stop sending me these offers every day?'],
  ['en', 'how do i unsubscribe from this'], ['en', 'Hi, I would like to unsubscribe from all your promotions, thank you'],
  ['en', 'I told you twice already to STOP messaging this number'], ['en', 'Wrong number, stop texting, I am not your customer'],
  ['en', 'Take me off your list, I want to opt out of all marketing'],
  // ro
  ['ro', 'Bună ziua, vreau dezabonare de la mesajele voastre, mulțumesc'], ['ro', 'Cum fac dezabonare de la reclamele astea?'],
  ['ro', 'Nu mai vreau să primesc mesaje de la voi'], ['ro', 'Am scris deja STOP de două ori, de ce îmi mai trimiteți?'],
  // de
  ['de', 'Ich möchte mich von Ihren Nachrichten abmelden, danke'], ['de', 'Wie kann ich diesen Newsletter abbestellen?'],
  ['de', 'Stopp, ich habe diese Werbung nie bestellt'], ['de', 'Bitte melden Sie mich ab, ich will mich von allem abmelden'],
  // fr
  ['fr', 'Je veux me désabonner de vos messages, merci'], ['fr', 'Comment faire pour se désinscrire de cette liste ?'],
  ['fr', 'Stop, arrêtez de m’envoyer vos promotions'], ['fr', 'J’ai déjà envoyé STOP trois fois'],
  // es
  ['es', 'Quiero darme de baja de sus mensajes, por favor'], ['es', '¿Cómo me doy de baja de esta lista?'],
  ['es', 'Ya les escribí BAJA y me siguen mandando ofertas'],
  // pt
  ['pt', 'Quero descadastrar meu número dessas promoções'], ['pt', 'Como faço para sair dessa lista de propaganda?'],
  ['pt', 'Parem, stop, não quero mais receber nada de vocês'],
  // it
  ['it', 'Vorrei disiscrivermi, basta messaggi pubblicitari grazie'], ['it', 'Ho già scritto STOP, perché continuate?'],
  ['it', 'Basta con queste pubblicità, non scrivetemi più'],
  // ar
  ['ar', 'أريد إلغاء الاشتراك في هذه الرسائل لو سمحتم'], ['ar', 'كيف يمكنني إيقاف رسائل العروض هذه؟'],
  ['ar', 'أرسلت توقف مرتين وما زالت الرسائل تصل'],
  // hi
  ['hi', 'कृपया मुझे ये मैसेज भेजना बंद करो, मुझे नहीं चाहिए'], ['hi', 'bhai ye sab offer wale message bhejna band karo'],
  ['hi', 'मैंने STOP लिखा था, फिर भी मैसेज क्यों आ रहे हैं'],
  // ru
  ['ru', 'Как отписаться от вашей рассылки?'], ['ru', 'Я уже писал СТОП, хватит присылать рекламу'],
  ['ru', 'Хочу отписаться от всех ваших сообщений, спасибо'],
  // pl
  ['pl', 'Pisałem już STOP, proszę nie wysyłać reklam'], ['pl', 'Zatrzymaj te wiadomości, nie chcę więcej reklam'],
  ['pl', 'Jak mogę wysłać STOP, żeby nie dostawać ofert?'],
  // tr
  ['tr', 'Abonelikten çıkmak istiyorum, stop, artık mesaj göndermeyin'], ['tr', 'Kaç kere STOP yazdım, hâlâ reklam geliyor'],
  ['tr', 'Lütfen bana gelen bu mesajları durdur artık'],
  // nl
  ['nl', 'Ik wil me afmelden voor deze berichten, bedankt'], ['nl', 'Hoe kan ik me uitschrijven van deze reclame?'],
  ['nl', 'Stop met het sturen van deze aanbiedingen'],
  // hu
  ['hu', 'Szeretnék leiratkozni az összes hirdetésről, köszönöm'], ['hu', 'Hogyan lehet a leiratkozás ezekről az üzenetekről?'],
  ['hu', 'Már írtam, hogy STOP, miért küldik tovább?'],
];
